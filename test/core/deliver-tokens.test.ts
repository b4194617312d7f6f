import { describe, expect, it } from 'vitest';
import type { TokenResponse } from '../../lambda/core/deliver-tokens.ts';
import type { Custody } from '../../lambda/core/grant.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { openWithHandle, refreshHandleOf } from '../../lambda/core/sealing.ts';
import { type FakeBrokerOptions, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';
import { TOKEN_SECONDS } from '../support/fake-upstream.ts';

/** An authorized session, and its device that asks for the tokens. */
async function setUp(options: Partial<FakeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeFakeBroker({ time, ...options });
  const device = await broker.startDevice();
  const { sessionId, deviceCode, clientId } = device;
  time.advanceSeconds(5);
  broker.upstream.approveAt(time.nowMs());
  await broker.pollSession(await broker.stored(sessionId));
  broker.events.length = 0;
  const deliver = async () => broker.deliverTokens(await broker.stored(sessionId), deviceCode);
  return { time, broker, sessionId, deviceCode, clientId, deliver };
}

const SPENT = { refused: 'invalid_grant', description: expect.stringContaining('start a new device authorization') };

describe('the first delivery', () => {
  it('gives the upstream token, the seconds it has left now, and the broker’s own handle (RFC 6749 §5.1)', async () => {
    const { time, deviceCode, deliver } = await setUp();
    time.advanceSeconds(100);

    expect(await deliver()).toEqual({
      accessToken: 'upstream-access-token-1',
      tokenType: 'Bearer',
      expiresIn: TOKEN_SECONDS - 100,
      refreshToken: refreshHandleOf(deviceCode),
    });
  });

  it('never gives upstream’s refresh token', async () => {
    const { deliver } = await setUp();

    expect(JSON.stringify(await deliver())).not.toContain('upstream-refresh-token');
  });

  it('keeps the upstream tokens in a grant that only the handle opens, to the registration’s end', async () => {
    const { broker, sessionId, deviceCode, clientId, deliver } = await setUp();
    const { registrationRef, registrationExpiresAt } = await broker.stored(sessionId);

    await deliver();

    const handle = refreshHandleOf(deviceCode);
    const grant = await broker.grants.read(sha256(handle));
    expect(grant).toMatchObject({
      clientId,
      fleet: 'kiosks',
      sessionId,
      registrationRef,
      expiresAt: registrationExpiresAt,
    });
    expect(openWithHandle<Custody>(grant?.sealedCustody ?? '', handle)).toMatchObject(broker.upstream.issued[0] ?? {});
    expect(JSON.stringify(grant)).not.toMatch(/upstream-(access|refresh)-token/);
  });

  it('keeps with the tokens when upstream gave them, not when the device came for them', async () => {
    const { broker, time, sessionId, deviceCode, deliver } = await setUp();
    time.advanceSeconds(3_600);

    await deliver();

    const handle = refreshHandleOf(deviceCode);
    const { sealedCustody = '' } = (await broker.grants.read(sha256(handle))) ?? {};
    const { authorizedAtMs = 0 } = await broker.stored(sessionId);
    expect(openWithHandle<Custody>(sealedCustody, handle).issuedAt).toBe(authorizedAtMs / 1000);
  });

  it('without a refresh token from upstream gives none, and leaves no grant', async () => {
    const { broker, deliver } = await setUp({ upstream: { withoutRefreshToken: true } });

    expect(await deliver()).not.toHaveProperty('refreshToken');
    expect(broker.grants.records.all()).toEqual([]);
  });

  it('in a fleet that releases credentials gives the handle and nothing of upstream’s', async () => {
    const fleet = makeFleet({ release: 'credentials', accountId: '111122223333', roleName: 'Kiosk' });
    const { deviceCode, deliver } = await setUp({ settings: { fleets: { kiosks: fleet } } });

    const answer = (await deliver()) as TokenResponse;

    expect(answer).toMatchObject({
      accessToken: refreshHandleOf(deviceCode),
      refreshToken: refreshHandleOf(deviceCode),
    });
    expect(JSON.stringify(answer)).not.toContain('upstream-');
  });

  it('is told with its number, and without what was delivered', async () => {
    const { broker, sessionId, clientId, deliver } = await setUp();

    await deliver();

    expect(broker.events).toEqual([{ event: 'tokens_delivered', sessionId, clientId, fleet: 'kiosks', delivery: 1 }]);
  });
});

describe('one device code', () => {
  it('gives 50 claims at once the same answer, counted as one delivery', async () => {
    const { broker, sessionId, deliver } = await setUp();

    const answers = await Promise.all(Array.from({ length: 50 }, deliver));

    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    expect(answers[0]).toHaveProperty('accessToken', 'upstream-access-token-1');
    expect(await broker.stored(sessionId)).toMatchObject({ phase: 'claimed', deliveries: 1 });
    expect(broker.eventsOf('tokens_delivered')).toHaveLength(1);
    expect(broker.grants.records.all()).toHaveLength(1);
  });

  it('gives a device that lost the answer the same tokens again, with less time left', async () => {
    const { time, deliver } = await setUp();
    const first = (await deliver()) as TokenResponse;
    time.advanceSeconds(30);

    expect(await deliver()).toEqual({ ...first, expiresIn: first.expiresIn - 30 });
  });

  it('gives the tokens again when the broker died after it had counted the delivery', async () => {
    const { broker, sessionId, time, deliver } = await setUp();
    await broker.sessions.claimTokens(sessionId, time.nowMs());

    expect(await deliver()).toHaveProperty('accessToken', 'upstream-access-token-1');
  });

  it('does not overwrite a grant that was refreshed since the first delivery', async () => {
    const { broker, deviceCode, time, deliver } = await setUp();
    await deliver();
    const grantId = sha256(refreshHandleOf(deviceCode));
    await broker.grants.storeCustody(grantId, 0, 'refreshed');
    time.advanceSeconds(30);

    await deliver();

    expect((await broker.grants.read(grantId))?.sealedCustody).toBe('refreshed');
  });

  it('is delivered 5 times in its window and then spent, with an event (RFC 6749 §4.1.2)', async () => {
    const { broker, time, sessionId, clientId, deliver } = await setUp();
    const answers: unknown[] = [];

    for (let turn = 0; turn < 6; turn += 1) {
      answers.push(await deliver());
      time.advanceSeconds(10);
    }

    expect(answers.slice(0, 5)).toEqual(
      Array(5).fill(expect.objectContaining({ accessToken: 'upstream-access-token-1' })),
    );
    expect(answers[5]).toEqual(SPENT);
    expect(broker.eventsOf('tokens_delivered').map((event) => 'delivery' in event && event.delivery)).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(broker.eventsOf('replay_refused')).toEqual([
      { event: 'replay_refused', sessionId, clientId, fleet: 'kiosks' },
    ]);
  });

  it('is delivered again until the last millisecond of its window, and not after it', async () => {
    const { broker, time, deliver } = await setUp();
    await deliver();
    time.advance(300_000 - 1);
    expect(await deliver()).toHaveProperty('accessToken');

    time.advance(5_000);

    expect(await deliver()).toEqual(SPENT);
    expect(broker.eventsOf('replay_refused')).toHaveLength(1);
  });

  it('is not delivered again in the millisecond in which its window ends', async () => {
    const { time, deliver } = await setUp();
    await deliver();

    time.advance(300_000);

    expect(await deliver()).toEqual(SPENT);
  });

  it('is delivered as often and as long as the deployment says', async () => {
    const { time, deliver } = await setUp({ redelivery: { windowSeconds: 60, maxDeliveries: 2 } });
    await deliver();
    time.advanceSeconds(6);
    expect(await deliver()).toHaveProperty('accessToken');
    time.advanceSeconds(6);

    expect(await deliver()).toEqual(SPENT);
  });

  it('counts 20 repeated deliveries at once as one', async () => {
    const { broker, time, sessionId, deliver } = await setUp();
    await deliver();
    time.advanceSeconds(10);

    const answers = await Promise.all(Array.from({ length: 20 }, deliver));

    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    expect(await broker.stored(sessionId)).toMatchObject({ deliveries: 2 });
  });

  it('gives nothing once its session was cancelled in between', async () => {
    const { broker, sessionId, deviceCode } = await setUp();
    const seen = await broker.stored(sessionId);
    await broker.operate.cancel(sessionId, 'stolen');

    expect(await broker.deliverTokens(seen, deviceCode)).toMatchObject({ refused: 'access_denied' });
    expect(broker.events.filter(({ event }) => event === 'replay_refused')).toEqual([]);
  });

  it('gives nothing once its tokens have expired in between, and does not try for ever', async () => {
    const { broker, time, sessionId, deviceCode } = await setUp();
    const seen = await broker.stored(sessionId);
    time.advanceSeconds(TOKEN_SECONDS);

    expect(await broker.deliverTokens(seen, deviceCode)).toMatchObject({ refused: 'expired_token' });
  }, 5_000);

  it('does not open another session’s tokens', async () => {
    const { broker, sessionId } = await setUp();
    const other = await broker.startDevice();

    await expect(broker.deliverTokens(await broker.stored(sessionId), other.deviceCode)).rejects.toThrow();
    expect(await broker.stored(sessionId)).toMatchObject({ phase: 'authorized' });
  });

  it('leaves the session deliverable when the grant could not be stored', async () => {
    const { broker, sessionId, deviceCode, deliver } = await setUp();
    const { create } = broker.grants;
    broker.grants.create = () => Promise.reject(new Error('the table is throttled'));
    await expect(deliver()).rejects.toThrow('throttled');
    broker.grants.create = create;

    const handle = refreshHandleOf(deviceCode);
    expect(await deliver()).toHaveProperty('refreshToken', handle);
    expect(await broker.grants.read(sha256(handle))).toMatchObject({ sessionId });
  });
});
