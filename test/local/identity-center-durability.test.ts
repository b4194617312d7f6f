import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startIdentityCenter } from '../../local/identity-center/server.ts';
import {
  type Client,
  createTestClock,
  decide,
  poll,
  portal,
  present,
  refresh,
  register,
  sdkFor,
  signIn,
  startDevice,
  startForTest,
} from './identity-center-driver.ts';

function newJournalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'identity-center-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'deeper', 'journal.jsonl');
}

const serverModule = new URL('../../local/identity-center/server.ts', import.meta.url).href;

/** A stand-in in a process of its own, which a test can kill. */
async function spawnCenter(journalPath: string): Promise<{ url: string; child: ChildProcess }> {
  const program = `
    import { startIdentityCenter } from ${JSON.stringify(serverModule)};
    const center = await startIdentityCenter({ port: 0, journalPath: ${JSON.stringify(journalPath)} });
    console.log(center.url);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [url] = await once(createInterface(present(child.stdout ?? undefined)), 'line');
  return { url, child };
}

describe('with a journal', () => {
  it('knows registrations, codes, decisions, redemptions and tokens after a restart on the same port', async () => {
    const journalPath = newJournalPath();
    const before = await startForTest({ journalPath });
    const sdk = sdkFor(before);
    const pending = await startDevice(before, sdk);
    const approved = await startDevice(before, sdk);
    const denied = await startDevice(before, sdk);
    await decide(before, 'approve', approved.userCode);
    await decide(before, 'deny', denied.userCode);
    const signedIn = await signIn(before, sdk);
    const loggedOut = await signIn(before, sdk);
    await portal(before, '/logout', loggedOut.accessToken, 'POST');
    await before.close();

    const after = await startForTest({ journalPath, port: Number(new URL(before.url).port) });
    const sdkAfter = sdkFor(after);

    expect(after.url).toBe(before.url);
    await expect(poll(sdkAfter, pending)).rejects.toMatchObject({ name: 'AuthorizationPendingException' });
    await expect(poll(sdkAfter, approved)).resolves.toHaveProperty('accessToken');
    await expect(poll(sdkAfter, denied)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(poll(sdkAfter, signedIn.device)).rejects.toMatchObject({ name: 'InvalidGrantException' });
    await expect(refresh(sdkAfter, signedIn.device, signedIn.refreshToken)).resolves.toHaveProperty('accessToken');
    expect((await portal(after, '/assignment/accounts', signedIn.accessToken)).status).toBe(200);
    expect((await portal(after, '/assignment/accounts', loggedOut.accessToken)).status).toBe(401);
    expect((await decide(after, 'approve', pending.userCode)).status).toBe(200);
  });

  it('remembers when a code was last polled, and how slow it must go', async () => {
    const journalPath = newJournalPath();
    const clock = createTestClock();
    const before = await startForTest({ journalPath, now: clock.now });
    const sdk = sdkFor(before);
    const device = await startDevice(before, sdk);
    await poll(sdk, device).catch(() => {});
    await poll(sdk, device).catch(() => {});
    await before.close();

    const after = await startForTest({ journalPath, now: clock.now });
    clock.ms += 5_999;
    await expect(poll(sdkFor(after), device)).rejects.toMatchObject({ name: 'SlowDownException' });
  });

  it('keeps every registration that it answered when it is killed in the middle of a burst', async () => {
    const journalPath = newJournalPath();
    const { url, child } = await spawnCenter(journalPath);
    const sdk = sdkFor({ url });
    const answered: Client[] = [];
    const keepRegistering = async (): Promise<void> => {
      for (;;) {
        answered.push(await register(sdk));
        if (answered.length === 40) child.kill('SIGKILL');
      }
    };
    await Promise.allSettled(Array.from({ length: 8 }, keepRegistering));
    if (child.signalCode === null) await once(child, 'exit');

    const after = await startForTest({ journalPath });
    const afterSdk = sdkFor(after);

    expect(answered.length).toBeGreaterThanOrEqual(40);
    for (const client of answered) await startDevice(after, afterSdk, client);
  });

  it('leaves out a last line that was torn, and goes on', async () => {
    const journalPath = newJournalPath();
    const before = await startForTest({ journalPath });
    const client = await register(sdkFor(before));
    await before.close();
    appendFileSync(journalPath, '[{"table":"registration","record":{"id":"to');

    const between = await startForTest({ journalPath });
    const device = await startDevice(between, sdkFor(between), client);
    await between.close();
    const after = await startForTest({ journalPath });

    await expect(poll(sdkFor(after), device)).rejects.toMatchObject({ name: 'AuthorizationPendingException' });
  });

  it('refuses to start on a journal that is damaged further up, and says what to do', async () => {
    const journalPath = newJournalPath();
    await (await startForTest({ journalPath })).close();
    writeFileSync(journalPath, 'damage\n[]\n');

    await expect(startIdentityCenter({ port: 0, journalPath })).rejects.toThrow(/damaged at line 1\. Delete the file/);
  });

  it('is for its owner only and holds no secret', async () => {
    const journalPath = newJournalPath();
    const center = await startForTest({ journalPath });
    const { device, accessToken, refreshToken } = await signIn(center, sdkFor(center));

    const journal = readFileSync(journalPath, 'utf8');

    expect(statSync(journalPath).mode & 0o777).toBe(0o600);
    for (const secret of [device.clientSecret, device.deviceCode, device.userCode, accessToken, refreshToken]) {
      expect(journal).not.toContain(secret);
    }
  });

  it('rewrites the journal on start without what time has ended', async () => {
    const journalPath = newJournalPath();
    const clock = createTestClock();
    const before = await startForTest({ journalPath, now: clock.now });
    const sdk = sdkFor(before);
    const client = await register(sdk);
    const device = await startDevice(before, sdk, client);
    for (let polls = 0; polls < 20; polls += 1) await poll(sdk, device).catch(() => {});
    await before.close();

    await (await startForTest({ journalPath, now: clock.now })).close();
    const linesWhileAlive = readFileSync(journalPath, 'utf8').trim().split('\n').length;
    clock.advanceSeconds(2 * 86_400);
    await (await startForTest({ journalPath, now: clock.now })).close();
    const linesLater = readFileSync(journalPath, 'utf8').trim().split('\n').length;

    expect([linesWhileAlive, linesLater]).toEqual([2, 1]);
  });

  it('does not touch the journal of an instance that holds the port', async () => {
    const journalPath = newJournalPath();
    const running = await startForTest({ journalPath });
    const port = Number(new URL(running.url).port);

    await expect(startIdentityCenter({ port, journalPath })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const sdk = sdkFor(running);
    await register(sdk);

    expect(readFileSync(journalPath, 'utf8')).toContain('kiosk-7');
  });
});
