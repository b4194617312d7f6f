import { describe, expect, it } from 'vitest';
import type { TokenResponse } from '../../lambda/core/deliver-tokens.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { refreshHandleOf } from '../../lambda/core/sealing.ts';
import type { Session } from '../../lambda/core/session.ts';
import { type FakeBrokerOptions, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import { TOKEN_SECONDS } from '../support/fake-upstream.ts';
import { without } from '../support/memory-records.ts';

/** An authorized session; `leaveOut` is what a deployment did not write yet when it was stored. */
async function setUp(leaveOut: readonly (keyof Session)[] = [], options: Partial<FakeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeFakeBroker({ time, ...options });
  const { sessionId, deviceCode, clientId } = await broker.startDevice();
  time.advanceSeconds(5);
  broker.upstream.approveAt(time.nowMs());
  await broker.pollSession(await broker.stored(sessionId));
  const forget = (members: readonly (keyof Session)[]) =>
    broker.memory.records.change(
      sessionId,
      () => true,
      (session) => without(session, members),
    );
  await forget(leaveOut);
  const deliver = async () => broker.deliverTokens(await broker.stored(sessionId), deviceCode);
  const grant = () => broker.grants.read(sha256(refreshHandleOf(deviceCode)));
  const client = () => broker.clients.read(clientId);
  return { time, broker, sessionId, deliver, forget, grant, client, stored: () => broker.stored(sessionId) };
}

describe('a sign-in, as its client keeps it', () => {
  it('begins with the approval, and ends with the registration when nothing else is known', async () => {
    const { deliver, client, stored } = await setUp();
    const { authorizedAtMs, registrationExpiresAt, sessionId } = await stored();

    await deliver();

    expect(await client()).toMatchObject({
      signInSessionId: sessionId,
      signInAtMs: authorizedAtMs,
      signInEndsAt: registrationExpiresAt,
    });
    expect(authorizedAtMs).not.toBe((await stored()).createdAtMs);
  });

  it('ends with the portal session when that comes first', async () => {
    const { deliver, client } = await setUp([], {
      settings: { fleets: { kiosks: makeFleet({ portalSessionSeconds: 28_800 }) } },
    });

    await deliver();

    expect(await client()).toMatchObject({ signInEndsAt: START_SECONDS + 5 + 28_800 });
  });

  it('of a session without those times begins and ends with the session itself', async () => {
    const { deliver, client, stored } = await setUp(['authorizedAtMs', 'registrationExpiresAt']);
    const { createdAtMs, expiresAt } = await stored();

    await deliver();

    expect(await client()).toMatchObject({ signInAtMs: createdAtMs, signInEndsAt: expiresAt });
  });
});

describe('the grant of a session without a registration', () => {
  it('lives as long as the session, and is never refreshed by another’s', async () => {
    const { deliver, grant, stored } = await setUp(['registrationRef', 'registrationExpiresAt']);
    const { expiresAt } = await stored();

    await deliver();

    expect(await grant()).toMatchObject({ expiresAt, registrationRef: '' });
  });

  it('in a fleet that releases credentials gives a handle that lives as long as the token', async () => {
    const fleet = makeFleet({ release: 'credentials', accountId: '111122223333', roleName: 'Kiosk' });
    const { deliver } = await setUp(['registrationExpiresAt'], { settings: { fleets: { kiosks: fleet } } });

    expect(((await deliver()) as TokenResponse).expiresIn).toBe(TOKEN_SECONDS);
  });
});

describe('a delivery', () => {
  it('without a refresh token is a whole answer all the same', async () => {
    const { deliver } = await setUp([], { upstream: { withoutRefreshToken: true } });

    expect(await deliver()).toEqual({
      accessToken: 'upstream-access-token-1',
      tokenType: 'Bearer',
      expiresIn: TOKEN_SECONDS,
    });
  });

  it('of a session whose tokens are gone is refused, and says to start anew', async () => {
    const { deliver } = await setUp(['sealedTokens']);

    expect(await deliver()).toMatchObject({
      refused: 'access_denied',
      description: expect.stringContaining('Start a new device authorization'),
    });
  });

  it('is repeated in the last millisecond of the window, and not in the first after it', async () => {
    const { time, deliver } = await setUp([], { redelivery: { windowSeconds: 60, maxDeliveries: 5 } });
    await deliver();

    time.advance(59_999);
    expect(await deliver()).toMatchObject({ accessToken: 'upstream-access-token-1' });
    // Beyond the few seconds in which claims are one delivery: nothing but the window speaks now.
    time.advance(5_001);
    expect(await deliver()).toMatchObject({ refused: 'invalid_grant' });
  });

  it.each(['deliveries', 'claimedAtMs'] as const)(
    'of a claimed session without %s is not repeated, and not tried for ever',
    async (missing) => {
      const { time, deliver, forget, stored } = await setUp();
      await deliver();
      time.advanceSeconds(6);
      await forget([missing]);

      expect(await deliver()).toMatchObject({ refused: 'invalid_grant' });
      expect(await stored()).not.toHaveProperty(missing);
    },
    5_000,
  );

  it('is refused as expired when the session was deleted a moment ago', async () => {
    const { broker, deliver } = await setUp();
    broker.sessions.claimTokens = async () => ({ done: false });

    expect(await deliver()).toMatchObject({ refused: 'expired_token' });
  });
});
