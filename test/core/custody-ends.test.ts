import { describe, expect, it } from 'vitest';
import { DEAD_MS, STALE_MS, signedIn } from '../custody/signed-in.ts';

describe('a refresh that upstream turns down for good', () => {
  it.each(['expired', 'denied'] as const)(
    'with %s ends the grant, and says that the session has ended',
    async (answer) => {
      const { time, broker, refresh, grant } = await signedIn('signs');
      time.advance(STALE_MS);
      broker.refreshes.answerNext(answer);

      expect(await refresh()).toMatchObject({
        refused: 'invalid_grant',
        description: expect.stringContaining('ended'),
      });
      expect(await grant()).toMatchObject({ endReason: 'session_ended' });
      expect(await broker.clients.read((await grant()).clientId)).toMatchObject({ signInEndReason: 'session_ended' });
    },
  );

  it('because the registration is unknown ends it for that reason, and is believed at once', async () => {
    const { time, broker, refresh, grant } = await signedIn('signs');
    time.advance(STALE_MS);
    broker.refreshes.answerNext('invalid_client');

    expect(await refresh()).toMatchObject({ refused: 'invalid_grant' });
    expect(await grant()).toMatchObject({ endReason: 'registration_expired' });
    expect(broker.refreshes.calls).toHaveLength(1);
  });
});

describe('a refresh that upstream calls invalid once', () => {
  it('is tried a second time with the same refresh token', async () => {
    const { time, broker, refresh, grant } = await signedIn('signs');
    time.advance(STALE_MS);
    broker.refreshes.answerNext('invalid_grant', 'tokens');

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    const [first, second] = broker.refreshes.calls;
    expect(second?.refreshToken).toBe(first?.refreshToken);
    expect((await grant()).endReason).toBeUndefined();
  });
});

describe('a grant of which nothing can be refreshed', () => {
  it('because the broker’s registration is gone, is ended without asking upstream', async () => {
    const { time, broker, refresh, grant, changeGrant } = await signedIn('signs');
    time.advance(DEAD_MS);
    await changeGrant((kept) => ({ ...kept, registrationRef: 'eu-central-1 sso:account:access#999' }));

    expect(await refresh()).toMatchObject({ refused: 'invalid_grant' });
    expect(await grant()).toMatchObject({ endReason: 'registration_expired' });
    expect(broker.refreshes.calls).toEqual([]);
    expect(broker.eventsOf('grant_ended')).toMatchObject([{ reason: 'registration_expired' }]);
    expect(broker.eventsOf('refreshed')).toEqual([]);
  });

  it('because its custody is gone without a word why, is told as ended, and is not opened', async () => {
    const { time, broker, refresh, changeGrant } = await signedIn('signs');
    time.advance(STALE_MS);
    await changeGrant(({ sealedCustody: _, ...kept }) => kept);

    expect(await refresh()).toMatchObject({ refused: 'invalid_grant' });
    expect(broker.refreshes.calls).toEqual([]);
  });

  it('because it was ended, is not opened even while its custody is still there', async () => {
    const { time, broker, refresh, changeGrant } = await signedIn('signs');
    time.advance(STALE_MS);
    await changeGrant((kept) => ({ ...kept, endReason: 'revoked' }));

    expect(await refresh()).toMatchObject({ refused: 'invalid_grant' });
    expect(broker.refreshes.calls).toEqual([]);
  });
});

describe('the lease of a refresh', () => {
  it('is free again in the millisecond that it ends', async () => {
    const { time, broker, refresh, changeGrant } = await signedIn('signs');
    time.advance(STALE_MS);
    await changeGrant((kept) => ({ ...kept, leaseUntilMs: time.nowMs() }));

    expect(await refresh()).toMatchObject({ accessToken: 'refreshed-access-token-1' });
    expect(broker.refreshes.calls).toHaveLength(1);
  });
});
