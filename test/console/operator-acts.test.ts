import { expect, it, vi } from 'vitest';
import { askToSignIn, pollOnce, pollToTheEnd, waitingDevice } from './support/devices.ts';
import { describeOnStage, gone, refresh, rowOf, seen, usePages } from './support/stage.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

await describeOnStage('an operator who acts', (scene) => {
  const { broker, immediate, deferred } = scene;
  const open = usePages(scene);

  it('cancels with a reason, never without', async () => {
    const asked = await waitingDevice(deferred, 'gate-cancel');
    const { page } = await open();
    const row = rowOf(page, 'gate-cancel');
    await row.getByRole('button', { name: 'Cancel gate-cancel' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this session?' });
    const confirm = dialog.getByRole('button', { name: 'Cancel the session' });

    await confirm.click();
    await dialog.getByLabel('Reason').fill('   ');
    await confirm.click();
    expect(await dialog.isVisible()).toBe(true);
    expect(await pollOnce(asked.device, asked)).toBe('authorization_pending');

    await dialog.getByLabel('Reason').fill('Wrong gate');
    await confirm.click();
    await gone(dialog);
    await seen(row.getByText('Cancelled'));
    expect(await pollToTheEnd(asked.device, asked)).toBe('access_denied');
    await row.getByRole('link', { name: 'gate-cancel', exact: true }).click();
    await seen(page.getByText('Wrong gate').first());
  });

  it('is told why a cancel came too late', async () => {
    const asked = await waitingDevice(immediate, 'kiosk-late');
    const { page } = await open();
    await rowOf(page, 'kiosk-late').getByRole('button', { name: 'Cancel kiosk-late' }).click();
    await askToSignIn(asked.device);

    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Too late');
    await dialog.getByRole('button', { name: 'Cancel the session' }).click();

    await seen(dialog.getByRole('alert').getByText(/This session is superseded/));
    await page.keyboard.press('Escape');
    await gone(dialog);
  });

  it('locks the client of a device and unlocks it again', async () => {
    const asked = await waitingDevice(immediate, 'kiosk-lock');
    const { page } = await open('#/clients?q=kiosk-lock');
    const row = rowOf(page, 'kiosk-lock');
    await row.getByRole('button', { name: 'Lock kiosk-lock' }).click();
    await page.getByLabel('Reason').fill('Stolen');
    await page.getByRole('button', { name: 'Lock the client' }).click();
    await seen(row.getByText('Locked'));
    await seen(row.getByText('Stolen'));
    await expect(askToSignIn(asked.device)).rejects.toThrow(/could not ask/);

    await row.getByRole('button', { name: 'Unlock kiosk-lock' }).click();
    await page.getByRole('button', { name: 'Unlock the client' }).click();
    await seen(row.getByText('Active'));
    await expect(askToSignIn(asked.device)).resolves.toHaveProperty('userCode');
  });

  it('revokes a client for good', async () => {
    const { device } = await waitingDevice(immediate, 'kiosk-revoke');
    const { page } = await open(`#/clients/${device.clientId}`);
    await page.getByRole('button', { name: 'Revoke kiosk-revoke' }).click();
    await page.getByLabel('Reason').fill('Scrapped');
    await page.getByRole('button', { name: 'Revoke for good' }).click();

    await seen(page.getByRole('heading', { name: /kiosk-revoke Revoked/ }));
    await seen(page.getByText('Reason: Scrapped'));
    expect(await page.getByRole('button', { name: /Unlock|Lock/ }).count()).toBe(0);
    await expect(askToSignIn(device)).rejects.toThrow(/could not ask/);
  });

  it('makes an enrollment key that is shown once, and revokes it', async () => {
    const { page } = await open('#/enrollment-keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Fleet', { exact: true }).fill('no-such-fleet');
    await page.getByLabel('Purpose').fill('Trade fair');
    await page.getByLabel('Devices at most').fill('2');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await seen(page.getByRole('alert').getByText(/no such fleet.*local/i));

    await page.getByLabel('Fleet', { exact: true }).fill('local');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const told = page.getByRole('dialog', { name: 'Copy the key now' });
    const key = (await told.locator('code').first().textContent()) ?? '';
    await page.keyboard.press('Escape');
    expect(await told.isVisible()).toBe(true);
    await told.getByRole('button', { name: 'Copy the key' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await told.getByRole('button', { name: 'I have stored it' }).click();
    await gone(told);
    expect(await page.content()).not.toContain(key);

    const fleet = { ...immediate, enrollmentKey: key, deviceEndpoint: `${broker.api}/e/${key}` };
    await expect(waitingDevice(fleet, 'kiosk-fair')).resolves.toHaveProperty('userCode');
    const row = page.locator('tbody tr').filter({ hasText: 'Trade fair' });
    await refresh(page);
    await seen(row.getByText('1 of 2'));
    await row.getByRole('button', { name: 'Revoke Trade fair' }).click();
    await page.getByLabel('Reason').fill('Over');
    await page.getByRole('button', { name: 'Revoke the key' }).click();
    await seen(row.getByText('Revoked'));
    await expect(waitingDevice(fleet, 'kiosk-fair-2')).rejects.toThrow(/could not register/);
  });
});
