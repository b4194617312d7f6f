import { beforeAll, expect, it, vi } from 'vitest';
import { LOCAL_CREDENTIALS, startConsole } from '../../console/server/server.ts';
import { parsePrometheus } from '../local/prometheus-parser.ts';
import { decide, pollToTheEnd, waitingDevice } from './support/devices.ts';
import { describeOnStage, gone, refresh, seen, usePages } from './support/stage.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

await describeOnStage('the overview', (scene) => {
  const { broker, console, immediate, deferred } = scene;
  const openAnywhere = usePages(scene);
  const open = async (address = '') => {
    const opened = await openAnywhere(address);
    await seen(opened.page.getByText('Live', { exact: true }));
    return opened;
  };

  beforeAll(async () => {
    const approved = await waitingDevice(immediate, 'kiosk-approved');
    await decide(broker.identityCenter, 'approve', approved.userCode);
    await pollToTheEnd(approved.device, approved);
    const denied = await waitingDevice(immediate, 'kiosk-denied');
    await decide(broker.identityCenter, 'deny', denied.userCode);
    await pollToTheEnd(denied.device, denied);
    await waitingDevice(deferred, 'gate-waiting');
  });

  it('is the first screen: who waits in which fleet, and the way there', async () => {
    const { page } = await open();

    await seen(page.getByText('1 device waiting. The longest: gate-waiting'));
    await page.getByRole('list', { name: 'Waiting, by fleet' }).getByRole('link', { name: 'kiosks 1' }).click();

    await seen(page.getByRole('heading', { name: 'Waiting for a person' }));
    expect(page.url()).toBe(`${console.url}/#/waiting?fleet=kiosks`);
  });

  it('counts the last hour, and leads from each number to those it counts', async () => {
    const { page } = await open();
    const tile = (name: RegExp) => page.locator('.tiles').getByRole('link', { name });

    await seen(tile(/^Started\s*3\s*, at most \d in a minute$/));
    await seen(tile(/^Approved\s*1\b/));
    await seen(tile(/^Time to approval\s*[\d.]+ m?s/));
    await seen(page.getByRole('row', { name: /^StartDeviceAuthorization 2 0 0 \d/ }));
    await seen(page.getByRole('link', { name: '1 local', exact: true }));
    await seen(page.getByRole('link', { name: 'access_denied 1' }));
    await tile(/^Denied\s*1\b/).focus();
    await page.keyboard.press('Enter');

    await seen(page.getByRole('link', { name: 'kiosk-denied', exact: true }));
    expect(page.url()).toBe(`${console.url}/#/sessions?phase=denied`);
  });

  it('goes on by itself', async () => {
    const { page } = await open();
    const started = page
      .locator('.tiles')
      .getByRole('link', { name: /^Started/ })
      .locator('strong');
    await seen(started);
    const before = Number(await started.textContent());

    await waitingDevice(deferred, 'gate-later');

    await expect.poll(() => started.textContent(), { timeout: 30_000 }).toBe(String(before + 1));
  });

  it('draws nothing while nothing happens', async () => {
    const { page } = await open();
    await seen(page.locator('.tiles'));
    await page.waitForTimeout(2_000);
    await page.evaluate(() => {
      const observer = new MutationObserver((changes) => {
        document.body.dataset.drawn = String(changes.length);
      });
      for (const part of document.querySelectorAll('.tiles, .columns')) {
        observer.observe(part, { subtree: true, childList: true, characterData: true });
      }
    });
    const answered = page.waitForResponse((response) => response.url().endsWith('/metrics.json'));

    await refresh(page);
    await answered;
    await page.waitForTimeout(500);

    expect(await page.evaluate(() => document.body.dataset.drawn)).toBeUndefined();
  });

  it('says where the numbers of a broker on AWS are, and has no empty boxes', async () => {
    const onAws = await startConsole({
      api: broker.api,
      port: 0,
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
    });
    try {
      const { page, requests } = await open(onAws.url);

      await seen(page.getByText(/are in CloudWatch, namespace FleetTokenBroker/));
      await seen(page.getByRole('list', { name: 'Lately' }).getByRole('link', { name: '1 Denied' }));
      await gone(page.getByText('The last hour'));
      expect(requests.filter((url) => url.includes('/metrics'))).toEqual([]);
    } finally {
      await onAws.close();
    }
  });

  it('has the same numbers for Prometheus, and no name of a device in them', async () => {
    const text = await (await fetch(`${console.url}/metrics`)).text();

    const families = parsePrometheus(text);

    expect(families.get('ftb_sessions_denied_total')?.samples).toEqual([
      { name: 'ftb_sessions_denied_total', labels: { fleet: 'local' }, value: 1 },
    ]);
    expect(text).not.toMatch(/kiosk-|gate-/);
  });
});
