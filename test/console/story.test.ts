import { expect, it, vi } from 'vitest';
import { pollToTheEnd, waitingDevice } from './support/devices.ts';
import { act, sessionOf } from './support/operator.ts';
import { describeOnStage, gone, refresh, rowOf, seen, usePages } from './support/stage.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

await describeOnStage('an operator and a device', (scene) => {
  const { broker, console, immediate, deferred } = scene;
  const open = usePages(scene);

  it('lets a waiting device in: open AWS, approve, see it go', async () => {
    const asked = await waitingDevice(immediate, 'kiosk-approve');
    const { page } = await open();
    const row = rowOf(page, 'kiosk-approve');
    await seen(row);
    expect(await row.textContent()).toContain(asked.userCode);

    const [aws] = await Promise.all([
      page.context().waitForEvent('page'),
      row.getByRole('link', { name: /^Open AWS to approve/ }).click(),
    ]);
    expect(aws.url()).toBe(asked.verificationUriComplete);
    expect(await aws.locator('code').textContent()).toBe(asked.userCode);
    await aws.getByRole('button', { name: 'Approve' }).click();
    await seen(aws.getByText('Approved'));

    expect(await pollToTheEnd(asked.device, asked)).toBeUndefined();
    await refresh(page);
    await seen(row.getByText('Delivered'));
    expect(await row.getByRole('link', { name: /^Open AWS/ }).count()).toBe(0);
    await row.getByRole('link', { name: 'kiosk-approve', exact: true }).click();
    await seen(page.getByRole('heading', { name: 'Timeline' }));
    expect(await page.locator('.timeline strong').allTextContents()).toEqual([
      'The device asked',
      'Approved',
      'Delivered',
      'The token ends',
    ]);
  });

  it("leads through the broker's own page where approval is deferred", async () => {
    const asked = await waitingDevice(deferred, 'gate-deferred');
    const { page } = await open();
    const row = rowOf(page, 'gate-deferred');
    await seen(row);

    const [tab] = await Promise.all([
      page.context().waitForEvent('page'),
      row.getByRole('link', { name: /^Open AWS to approve/ }).click(),
    ]);
    expect(tab.url()).toBe(`${broker.api}/activate?user_code=${asked.userCode}`);
    await seen(tab.getByText('gate-deferred'));
    await tab.getByRole('button', { name: 'Continue' }).click();
    await tab.waitForURL(`${broker.identityCenter}/**`);
    await page.bringToFront();
    await refresh(page);
    await seen(row.getByText('someone is at AWS'));
    await tab.getByRole('button', { name: 'Approve' }).click();

    expect(await pollToTheEnd(asked.device, asked)).toBeUndefined();
    await refresh(page);
    await seen(row.getByText('Delivered'));
    await row.getByRole('link', { name: 'gate-deferred', exact: true }).click();
    await seen(page.locator('.timeline').getByText('Waiting at AWS'));
  });

  it('sees a denied device at once, in its place', async () => {
    const asked = await waitingDevice(immediate, 'kiosk-denied');
    const { page } = await open();
    await seen(rowOf(page, 'kiosk-denied'));

    await page
      .context()
      .newPage()
      .then(async (aws) => {
        await aws.goto(asked.verificationUriComplete);
        await aws.getByRole('button', { name: 'Deny' }).click();
        await seen(aws.getByRole('heading', { name: 'Denied' }));
        await aws.close();
      });
    expect(await pollToTheEnd(asked.device, asked)).toBe('access_denied');
    await refresh(page);

    await seen(rowOf(page, 'kiosk-denied').getByText('Denied'));
    await seen(page.locator('.notices').getByText('kiosk-denied: denied.'));
    await page.getByRole('button', { name: 'Hide' }).click();
    await gone(rowOf(page, 'kiosk-denied'));
  });

  it('notices by itself, at the pace of the broker', async () => {
    const { page } = await open();
    await seen(page.getByText('Live', { exact: true }));

    await waitingDevice(immediate, 'kiosk-by-itself');

    await seen(rowOf(page, 'kiosk-by-itself'));
  });

  it('shows a QR code of the link with the code to compare, and what became of it', async () => {
    const asked = await waitingDevice(immediate, 'kiosk-qr');
    const { page } = await open();
    await rowOf(page, 'kiosk-qr').getByRole('button', { name: /^QR/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve kiosk-qr on a phone' });
    await seen(dialog.getByRole('img', { name: 'Link to approve kiosk-qr' }));
    expect(await dialog.locator('.user-code').textContent()).toBe(asked.userCode);
    await dialog.getByRole('button', { name: 'Copy the link' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(asked.verificationUriComplete);

    await act(
      broker.api,
      `/sessions/${await sessionOf(broker.api, asked.device.clientId)}/cancel`,
      'somebody else did',
    );
    await page.evaluate(() => window.dispatchEvent(new Event('online')));

    await seen(dialog.getByText('Cancelled'));
    expect(await dialog.getByRole('img').count()).toBe(0);
  });

  it('sees in a second tab what was done in the first', async () => {
    await waitingDevice(deferred, 'gate-two-tabs');
    const { page: first } = await open();
    const second = await first.context().newPage();
    await second.goto(`${console.url}/#/waiting?fleet=kiosks`);
    await seen(rowOf(second, 'gate-two-tabs'));

    await rowOf(first, 'gate-two-tabs').getByRole('button', { name: 'Cancel gate-two-tabs' }).click();
    await first.getByLabel('Reason').fill('Done in the first tab');
    await first.getByRole('button', { name: 'Cancel the session' }).click();

    await seen(rowOf(second, 'gate-two-tabs').getByText('Cancelled'));
    await rowOf(first, 'gate-two-tabs').getByText('Cancelled').waitFor();
  });

  it('is worked by keyboard: search, select, ask, leave, with the focus where it was', async () => {
    await waitingDevice(deferred, 'gate-keyboard');
    const { page } = await open();
    await seen(rowOf(page, 'gate-keyboard'));

    await page.keyboard.press('/');
    await page.keyboard.type('gate-keyboard');
    await seen(page.getByText('1 found'));
    const cancel = rowOf(page, 'gate-keyboard').getByRole('button', { name: 'Cancel gate-keyboard' });
    for (
      let presses = 0;
      presses < 12 && !(await cancel.evaluate((button) => button === document.activeElement));
      presses += 1
    ) {
      await page.keyboard.press('Tab');
    }
    const outline = await cancel.evaluate((button) => getComputedStyle(button).outlineStyle);
    await page.keyboard.press('Enter');
    await seen(page.getByRole('dialog'));
    await page.keyboard.press('Escape');
    await gone(page.getByRole('dialog'));

    expect(outline).toBe('solid');
    expect(await cancel.evaluate((button) => button === document.activeElement)).toBe(true);
  });
});
