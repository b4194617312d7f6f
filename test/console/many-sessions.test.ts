import { beforeAll, expect, it, vi } from 'vitest';
import { decide, pollToTheEnd, waitingDevice } from './support/devices.ts';
import { operate } from './support/operator.ts';
import { describeOnStage, refresh, rowOf, seen, usePages } from './support/stage.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const DEVICES = 500;
const AT_ONCE = 6;

const nameOf = (number: number): string => `kiosk-${String(number).padStart(4, '0')}`;

await describeOnStage('an operator with 500 waiting devices', (scene) => {
  const { broker, console, immediate, deferred } = scene;
  const open = usePages(scene);
  const asked = new Map<string, Awaited<ReturnType<typeof waitingDevice>>>();

  beforeAll(async () => {
    let next = 0;
    const ask = async (): Promise<void> => {
      for (let number = next++; number < DEVICES; number = next++) {
        const name = nameOf(number);
        asked.set(name, await waitingDevice(number % 10 === 0 ? immediate : deferred, name));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
  });

  it('sees every one of them, over all pages of the API', async () => {
    const { page } = await open('#/waiting?sort=name');

    await seen(page.getByText('500 devices waiting.'));
    await seen(rowOf(page, nameOf(DEVICES - 1)));

    const names = await page.locator('td.cell-device .name').allTextContents();
    expect(names).toEqual(Array.from({ length: DEVICES }, (_, number) => nameOf(number)));
  });

  it('finds one by the code that somebody reads out on the phone', async () => {
    const { page } = await open('#/waiting');
    await seen(page.getByText('500 devices waiting.'));
    const { userCode } = asked.get(nameOf(321)) ?? expect.fail('nobody asked');

    await page.getByLabel('Search').fill(userCode.toLowerCase().replace('-', ''));

    await seen(page.getByText('1 found'));
    expect(await page.locator('td.cell-device .name').allTextContents()).toEqual([nameOf(321)]);
    expect(page.url()).toContain(`q=${userCode.toLowerCase().replace('-', '')}`);
  });

  it('goes through all sessions page by page and back, with the place in the address', async () => {
    const { page } = await open('#/sessions?fleet=kiosks');
    const shown = async (): Promise<string[]> =>
      page
        .locator('table.list tbody tr')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-session') ?? ''));
    await seen(page.getByText('50 sessions on this page'));
    const pages = [await shown()];

    const end = page.getByText('That was the last page');
    for (const older = page.getByRole('link', { name: 'Older' }); (await older.count()) > 0; ) {
      const before = page.url();
      await older.click();
      await page.waitForURL((url) => url.href !== before);
      await page.waitForFunction(
        (first) => document.querySelector('tbody tr')?.getAttribute('data-session') !== first,
        pages.at(-1)?.[0],
      );
      await seen(page.locator('table.list:not([aria-busy="true"])').or(end));
      if (await end.isVisible()) {
        await page.goBack();
        break;
      }
      pages.push(await shown());
    }
    const last = page.url();
    await page.goBack();
    await page.waitForFunction(
      (first) => document.querySelector('tbody tr')?.getAttribute('data-session') === first,
      pages.at(-2)?.[0],
    );

    expect(pages).toHaveLength(9);
    expect(new Set(pages.flat()).size).toBe(450);
    expect(last).toMatch(/fleet=kiosks&cursor=/);
    const again = await open(last.slice(console.url.length + 1));
    await seen(again.page.locator(`tr[data-session="${pages.at(-1)?.[0]}"]`));
  });

  it('searches further than one page among all sessions', async () => {
    const { page } = await open(`#/sessions?q=${nameOf(3)}`);

    await seen(rowOf(page, nameOf(3)));

    await seen(page.getByText('1 found among 500 sessions.'));
  });

  it('cancels forty at once, with a result for each', async () => {
    const { page } = await open('#/waiting?fleet=kiosks&sort=name');
    await seen(rowOf(page, nameOf(499)));
    const gone = asked.get(nameOf(1)) ?? expect.fail('nobody asked');
    const boxes = page.locator('tbody input[type=checkbox]');
    await boxes.nth(0).click();
    await boxes.nth(39).click({ modifiers: ['Shift'] });
    await seen(page.getByText('40 selected'));
    await page.getByRole('button', { name: 'Cancel sessions…' }).click();
    // Meanwhile one of them asks anew: its session is no longer there to be cancelled.
    await operate(broker.api, {
      method: 'POST',
      path: `/clients/${gone.device.clientId}/revoke`,
      body: '{"reason":"meanwhile"}',
    });

    await page.getByLabel('Reason').fill('Power cut in hall 3');
    await page.getByRole('button', { name: 'Cancel 40 sessions' }).click();
    await seen(page.getByRole('dialog', { name: 'Done' }).getByText('40 of 40 cancelled'));
    expect(await page.locator('.results li').filter({ hasText: 'cancelled' }).count()).toBe(40);
    await page.getByRole('button', { name: 'Close' }).last().click();

    await seen(page.getByText('410 found'));
    await seen(rowOf(page, nameOf(2)).getByText('Cancelled'));
    const device = asked.get(nameOf(2)) ?? expect.fail('nobody asked');
    expect(await pollToTheEnd(device.device, device)).toBe('access_denied');
  });

  it('locks several clients, and is told of each that could not be', async () => {
    const { page } = await open('#/waiting?fleet=local&sort=name');
    await seen(rowOf(page, nameOf(490)));
    await page.route('**/api/clients/*/lock', (route, request) =>
      request.url().includes(asked.get(nameOf(20))?.device.clientId ?? '-') && failures-- > 0
        ? route.fulfill({
            status: 503,
            contentType: 'application/problem+json',
            body: '{"title":"Busy","detail":"The broker is busy. Try again.","code":"busy"}',
          })
        : route.continue(),
    );
    let failures = 1;
    for (const number of [10, 20, 30]) {
      await rowOf(page, nameOf(number)).locator('input[type=checkbox]').click();
    }
    await page.getByRole('button', { name: 'Lock clients…' }).click();
    await page.getByLabel('Reason').fill('Stolen together');
    await page.getByRole('button', { name: 'Lock 3 clients' }).click();

    const dialog = page.getByRole('dialog', { name: 'Not everything was done' });
    await seen(dialog.getByText('2 of 3 locked, 1 not'));
    expect(await dialog.locator('.results li.tone-bad').allTextContents()).toEqual([
      expect.stringMatching(/kiosk-0020.*The broker is busy\. Try again\./),
    ]);
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await seen(page.getByRole('dialog', { name: 'Done' }).getByText('3 of 3 locked'));
  });

  it('sees at once which of all these was denied', async () => {
    const { page } = await open('#/waiting');
    await seen(rowOf(page, nameOf(100)));
    const device = asked.get(nameOf(100)) ?? expect.fail('nobody asked');

    await decide(broker.identityCenter, 'deny', device.userCode);
    await pollToTheEnd(device.device, device);
    await refresh(page);

    await seen(rowOf(page, nameOf(100)).getByText('Denied'));
    await seen(page.getByRole('link', { name: '1 Denied' }));
  });
});
