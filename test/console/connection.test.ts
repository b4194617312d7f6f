import { expect, it, onTestFinished, vi } from 'vitest';
import { LOCAL_CREDENTIALS, startConsole } from '../../console/server/server.ts';
import { waitingDevice } from './support/devices.ts';
import { act, sessionOf } from './support/operator.ts';
import { describeOnStage, gone, rowOf, seen, usePages } from './support/stage.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

await describeOnStage('what is on the screen', (scene) => {
  const { broker, console, immediate } = scene;
  const open = usePages(scene);

  it('is said to be old when the network is gone, and is new again when it is back', async () => {
    const { page } = await open();
    await seen(page.getByText('Live', { exact: true }));

    await page.context().setOffline(true);
    await seen(page.getByText('Offline', { exact: true }));
    await seen(page.getByRole('alert').getByText(/You are offline.*You see what was true at \d\d:\d\d:\d\d/));
    const { device } = await waitingDevice(immediate, 'kiosk-while-offline');
    await page.context().setOffline(false);

    await seen(rowOf(page, 'kiosk-while-offline'));
    await gone(page.getByRole('alert'));
    await seen(page.getByText('Live', { exact: true }));
    await act(broker.api, `/clients/${device.clientId}/lock`, 'test');
  });

  it('is said to be old when the console has stopped, and goes on when it is started again', async () => {
    const options = { api: broker.api, port: 0, region: 'us-east-1', credentials: LOCAL_CREDENTIALS };
    const first = await startConsole(options);
    const { page } = await open(`${first.url}/#/waiting`);
    await seen(page.getByText('Live', { exact: true }));

    await first.close();
    await seen(page.getByRole('alert').getByText(/The console has stopped\. Start it again in its terminal/));
    const second = await startConsole({ ...options, port: Number(new URL(first.url).port) });
    onTestFinished(second.close);

    await seen(page.getByText('Live', { exact: true }));
    await gone(page.getByRole('alert'));
  });

  it('is said to be stale when the broker cannot be reached or the sign-in has ended', async () => {
    let broken = false;
    const running = await startConsole({
      api: broker.api,
      port: 0,
      region: 'us-east-1',
      credentials: async () => (broken ? Promise.reject(new Error('expired')) : LOCAL_CREDENTIALS),
      explainCredentials: () => 'Run "aws sso login --profile ops" and try again.',
    });
    onTestFinished(running.close);
    const { page } = await open(running.url);
    await seen(page.getByText('Live', { exact: true }));

    broken = true;
    await seen(page.getByText('Stale', { exact: true }));
    await seen(page.getByRole('alert').getByText(/No AWS credentials\. Run "aws sso login --profile ops"/));
    broken = false;
    await page.getByRole('button', { name: 'Try now' }).click();

    await seen(page.getByText('Live', { exact: true }));
  });

  it('says why when there was never an answer', async () => {
    const running = await startConsole({
      api: 'http://127.0.0.1:9',
      port: 0,
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
    });
    onTestFinished(running.close);

    const { page } = await open(running.url);

    await seen(page.getByRole('alert').getByText(/Nothing answers at http:\/\/127\.0\.0\.1:9/));
  });

  it('rests while nobody sees it, and is made new as soon as somebody does', async () => {
    const { page, requests } = await open();
    await seen(page.getByText('Live', { exact: true }));
    const setHidden = (hidden: boolean): Promise<void> =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);

    await setHidden(true);
    await page.waitForTimeout(1_000);
    const before = requests.length;
    await page.waitForTimeout(8_000);
    expect(requests.length).toBe(before);

    const { device } = await waitingDevice(immediate, 'kiosk-while-hidden');
    await setHidden(false);
    await seen(rowOf(page, 'kiosk-while-hidden'));
    await act(broker.api, `/clients/${device.clientId}/lock`, 'test');
  });

  it('costs the broker almost nothing while nothing changes', async () => {
    const { page } = await open('#/clients');
    await seen(page.getByText('Live', { exact: true }));
    const answers: number[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/api/')) answers.push(response.status());
    });

    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.waitForTimeout(1_000);
    answers.splice(0);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.waitForTimeout(1_500);

    expect(answers.length).toBeGreaterThanOrEqual(2);
    expect(new Set(answers)).toEqual(new Set([304]));
  });

  it('stays, with a word about it, when one list alone cannot be read again', async () => {
    const { page } = await open('#/enrollment-keys');
    await seen(page.locator('tbody tr'));
    const busy = '{"title":"Busy","detail":"The broker is busy. Try again.","code":"busy"}';
    await page.route('**/api/enrollment-keys*', (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: busy }),
    );

    await page.getByRole('button', { name: 'Refresh now' }).click();

    await seen(page.getByRole('alert').getByText('This could not be refreshed. Busy: The broker is busy. Try again.'));
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(0);
    await page.unroute('**/api/enrollment-keys*');
    await gone(page.getByRole('alert'));
  });

  it('is not there when an operator may not see it, and the reason is', async () => {
    const { page } = await open();
    await page.route('**/api/clients*', (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: '{"title":"AWS refused the call","detail":"Your AWS identity needs the permission.","code":"not_allowed"}',
      }),
    );

    await page.getByRole('link', { name: 'Clients', exact: true }).click();

    await seen(page.getByRole('alert').getByText('Your AWS identity needs the permission.'));
    await seen(page.getByText('Live', { exact: true }));
  });

  it('is empty in words when nothing waits, and leads on', async () => {
    const { page } = await open('#/waiting?q=nobody-has-this-name');
    await seen(page.getByText('Nothing that waits matches'));
    await page.goto(`${console.url}/#/nowhere`);
    await seen(page.getByText('There is no such screen'));
    for (const place of ['sessions', 'clients']) {
      await page.goto(`${console.url}/#/${place}/not-there`);
      await seen(page.getByText('It is not there'));
    }
  });

  it('leaks no code of a device and no key, neither in an address nor in a log', async () => {
    const asked = await waitingDevice(immediate, 'kiosk-secret');
    const { page, requests, complaints } = await open();
    await seen(rowOf(page, 'kiosk-secret'));
    await page.getByLabel('Search').fill(asked.userCode);
    await page.goto(`${console.url}/#/sessions/${await sessionOf(broker.api, asked.device.clientId)}`);
    await page.getByText('As the API tells it').click();
    await seen(page.getByText('"sessionId"'));

    const everything = [await page.content(), ...requests, ...complaints].join('\n');
    expect(everything).not.toContain(asked.deviceCode);
    expect(everything).not.toContain(asked.device.clientSecret);
    expect(requests.join('\n')).not.toContain(asked.userCode);
    expect(requests.every((url) => url.startsWith(`${console.url}/`))).toBe(true);
  });
});
