import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../lambda/core/grant.ts';
import type { ScriptedRefresh } from '../support/fake-refreshes.ts';
import type { MemoryGrantStore } from '../support/memory-grant-store.ts';
import { FLEETS } from '../support/whole-broker.ts';
import { DEAD_MS, STALE_MS, signedIn, signedInTogether } from './signed-in.ts';

/** A store whose `storeCustody` does something else at first. */
function failing(attempts: number, instead: (store: MemoryGrantStore, ...args: StoreArguments) => Promise<boolean>) {
  let attempt = 0;
  return (store: MemoryGrantStore): GrantStore => ({
    ...store,
    storeCustody: (...args) => (++attempt <= attempts ? instead(store, ...args) : store.storeCustody(...args)),
  });
}
type StoreArguments = Parameters<GrantStore['storeCustody']>;
const down = (): Promise<never> => Promise.reject(new Error('the table is throttled'));

const TROUBLE: ScriptedRefresh[] = [
  'throttled',
  'server_error',
  'timeout',
  'unavailable',
  'slow_down',
  'pending',
  'refused',
];

describe('upstream in trouble', () => {
  it.each(TROUBLE)(
    '(%s) does not keep a living token from its device, and the next request tries again',
    async (answer) => {
      const { time, broker, refresh, grant } = await signedIn('kiosks');
      time.advance(STALE_MS);
      broker.refreshes.answerNext(answer);

      expect(await refresh()).toMatchObject({ accessToken: 'upstream-access-token-1', tokenType: 'Bearer' });
      expect(await grant()).toMatchObject({ version: 1, leaseUntilMs: 0 });
      expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    },
  );

  it.each(TROUBLE)(
    '(%s) with a dead token is an error that says when to come back, and the grant stays',
    async (answer) => {
      const { time, broker, refresh, grant } = await signedIn('kiosks');
      time.advance(DEAD_MS);
      broker.refreshes.answerNext(answer);

      expect(await refresh()).toEqual({
        refused: 'server_error',
        description: 'Identity Center did not refresh the token. Wait and try again.',
        retryAfterSeconds: 5,
      });
      expect(await grant()).not.toHaveProperty('endReason');
      expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    },
  );

  it('gives a living token with the seconds that it really has left', async () => {
    const { time, broker, refresh } = await signedIn('kiosks');
    time.advance(DEAD_MS - 10_000);
    broker.refreshes.answerNext('server_error');

    expect(await refresh()).toMatchObject({ accessToken: 'upstream-access-token-1', expiresIn: 10 });
  });
});

describe('InvalidGrant', () => {
  it('once is not believed: the refresh is tried again a second later', async () => {
    const { time, broker, refresh } = await signedIn('kiosks');
    time.advance(STALE_MS);
    broker.refreshes.answerNext('invalid_grant');

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    expect(time.slept).toEqual([1_000]);
    const [first, second] = broker.refreshes.calls;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(1_000);
  });

  it('twice ends the grant, forgets its custody and says so everywhere', async () => {
    const { time, broker, device, refresh, grant } = await signedIn('signs');
    time.advance(STALE_MS);
    broker.refreshes.endPortalSession();

    expect(await refresh()).toEqual({
      refused: 'invalid_grant',
      description:
        'The Identity Center session has ended. Start a new device authorization so that somebody can approve it again.',
    });
    const { clientId, sessionId } = device;
    expect(await grant()).toMatchObject({ endReason: 'session_ended', endedAtMs: time.nowMs() });
    expect(await grant()).not.toHaveProperty('sealedCustody');
    expect(broker.eventsOf('grant_ended')).toEqual([
      { event: 'grant_ended', sessionId, clientId, fleet: 'signs', reason: 'session_ended' },
    ]);
    expect(await broker.storedClient(clientId)).toMatchObject({ signInEndReason: 'session_ended' });
  });

  it('twice is told again at every later refresh, without asking upstream', async () => {
    const { time, broker, refresh } = await signedIn('signs');
    time.advance(STALE_MS);
    broker.refreshes.endPortalSession();
    const first = await refresh();
    time.advanceSeconds(86_400);

    expect(await refresh()).toEqual(first);
    expect(broker.refreshes.calls).toHaveLength(2);
  });

  it('for twenty at once is two upstream calls, one end and one answer', async () => {
    const { time, broker, refreshAtOnce } = await signedInTogether('signs', { refreshes: { latencyMs: 300 } });
    await time.elapse(STALE_MS);
    broker.refreshes.endPortalSession();

    const answers = await refreshAtOnce(20);

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(broker.refreshes.calls).toHaveLength(2);
    expect(broker.eventsOf('grant_ended')).toHaveLength(1);
  });
});

describe('the reason that a device is given', () => {
  it('is the registration, when upstream does not know it any more', async () => {
    const { time, broker, refresh, grant } = await signedIn('signs');
    time.advance(STALE_MS);
    broker.refreshes.answerNext('invalid_client');

    expect(await refresh()).toMatchObject({
      refused: 'invalid_grant',
      description: 'The registration that this sign-in began with has expired. Start a new device authorization.',
    });
    expect(await grant()).toMatchObject({ endReason: 'registration_expired' });
  });

  it('is the registration from the second at which it expires, and upstream is not asked', async () => {
    const { time, broker, refresh } = await signedIn('signs', { upstream: { registrationSeconds: 200_000 } });
    time.advanceSeconds(200_000 - 5);
    time.advance(-1);
    expect(await refresh()).toMatchObject({ tokenType: 'Bearer' });
    const asked = broker.refreshes.calls.length;
    time.advance(1);

    expect(await refresh()).toMatchObject({ description: expect.stringContaining('registration that this sign-in') });
    expect(broker.refreshes.calls).toHaveLength(asked);
  });

  it('is the Region, when the fleet has moved; upstream was asked in the old one', async () => {
    const signs = { ...FLEETS.signs } as { region: string } & NonNullable<(typeof FLEETS)[string]>;
    const { time, broker, refresh } = await signedIn('signs', { settings: { fleets: { signs } } });
    time.advance(STALE_MS);
    Object.assign(signs, { region: 'us-west-2' });
    broker.refreshes.endPortalSession();

    expect(await refresh()).toMatchObject({
      description: 'This sign-in belongs to another Region than its fleet has now. Start a new device authorization.',
    });
    expect(broker.refreshes.calls.map((call) => call.target.region)).toEqual(['eu-central-1', 'eu-central-1']);
  });

  it('is the lost answer, when somebody asked upstream before and died', async () => {
    const { time, broker, refresh, changeGrant } = await signedIn('signs');
    time.advance(STALE_MS);
    await changeGrant((grant) => ({ ...grant, leaseUntilMs: time.nowMs() - 1 }));
    broker.refreshes.endPortalSession();

    expect(await refresh()).toMatchObject({
      description: 'The last refresh was lost on its way. Start a new device authorization.',
    });
  });

  it('is the fleet, when that is not configured any more; the grant stays for when it is again', async () => {
    const fleets = { ...FLEETS };
    const { refresh, grant } = await signedIn('signs', { settings: { fleets } });
    delete (fleets as Partial<typeof fleets>).signs;

    expect(await refresh()).toMatchObject({
      refused: 'invalid_grant',
      description: expect.stringContaining('fleet of this sign-in is not configured'),
    });
    expect(await grant()).not.toHaveProperty('endReason');
  });
});

describe('refreshed tokens, which upstream tells once', () => {
  it.each([1, 2, 3, 4])('survive %i failed writes in a row', async (failures) => {
    const { time, broker, refresh, custody } = await signedIn('kiosks', { wrapGrants: failing(failures, down) });
    time.advance(STALE_MS);

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    expect(time.slept).toEqual([100, 300, 1_000, 2_000].slice(0, failures));
    expect(broker.refreshes.calls).toHaveLength(1);
    expect(await custody()).toMatchObject({ refreshToken: 'refreshed-refresh-token-1' });
    expect(broker.eventsOf('refresh_lost')).toEqual([]);
  });

  it('are told as lost when five writes failed', async () => {
    const { time, broker, device, refresh } = await signedIn('kiosks', { wrapGrants: failing(5, down) });
    time.advance(STALE_MS);

    await expect(refresh()).rejects.toThrow('throttled');

    expect(broker.eventsOf('refresh_lost')).toEqual([
      { event: 'refresh_lost', sessionId: device.sessionId, clientId: device.clientId, fleet: 'kiosks' },
    ]);
  });

  it('that were lost are fetched again with the old refresh token, once the lease is over', async () => {
    const { time, refresh } = await signedIn('kiosks', { wrapGrants: failing(5, down) });
    time.advance(STALE_MS);
    await refresh().catch(() => undefined);
    time.advanceSeconds(12);

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-2' });
  });

  it('count as stored when the write was done and only its answer was lost', async () => {
    const wrapGrants = failing(1, async (store, ...args) => {
      await store.storeCustody(...args);
      return down();
    });
    const { time, broker, refresh, grant } = await signedIn('kiosks', { wrapGrants });
    time.advance(STALE_MS);

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    expect(await grant()).toMatchObject({ version: 2 });
    expect(broker.eventsOf('refresh_lost')).toEqual([]);
  });

  it('of a grant that was revoked meanwhile are not kept, and the device is told', async () => {
    const wrapGrants = failing(1, async (store, grantId, ...rest) => {
      await store.end(grantId, 'revoked', 0);
      return store.storeCustody(grantId, ...rest);
    });
    const { time, refresh, grant } = await signedIn('kiosks', { wrapGrants });
    time.advance(STALE_MS);

    expect(await refresh()).toEqual({
      refused: 'invalid_grant',
      description: 'This sign-in was revoked. Start a new device authorization.',
    });
    expect(await grant()).not.toHaveProperty('sealedCustody');
  });
});
