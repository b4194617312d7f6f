import { beforeEach, describe, expect, it } from 'vitest';
import { makeDeviceCode } from '../../lambda/core/device-code.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import type { OAuthErrorCode } from '../../lambda/core/oauth-error.ts';
import { END_PHASES, type Phase, type Session } from '../../lambda/core/session.ts';
import { type FakeBroker, type FakeDevice, makeFakeBroker } from '../support/fake-broker.ts';
import { type FakeClock, makeFakeClock, START_MS } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { clientSecretOf } from '../support/fake-records.ts';
import { makeTimeline } from '../support/fake-timeline.ts';

const refusedAs = (refused: OAuthErrorCode) => expect.objectContaining({ refused });

describe('a device’s poll', () => {
  let time: FakeClock;
  let broker: FakeBroker;
  let device: FakeDevice;
  beforeEach(async () => {
    time = makeFakeClock();
    broker = makeFakeBroker({ time });
    device = await broker.startDevice();
  });

  const poll = (own: { clientId?: string; clientSecret?: string; deviceCode?: string } = {}) =>
    broker.redeemDeviceCode({ ...device, ...own });

  const change = (own: Partial<Session>) =>
    broker.memory.records.change(
      device.sessionId,
      () => true,
      (session) => ({ ...session, ...own }),
    );

  async function approve(): Promise<void> {
    broker.upstream.approveAt(time.nowMs());
    time.advanceSeconds(5);
    await broker.pollSession(await broker.stored(device.sessionId));
  }

  it('right after the start is answered on its merits, without a call upstream (RFC 8628 §3.5)', async () => {
    expect(await poll()).toEqual(refusedAs('authorization_pending'));
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('of a session that is due polls upstream right there, and brings the tokens in the same answer', async () => {
    broker.upstream.approveAt(time.nowMs());
    time.advanceSeconds(5);

    expect(await poll()).toMatchObject({ accessToken: 'upstream-access-token-1', tokenType: 'Bearer' });
  });

  it('does not wait for somebody who died over the call', async () => {
    const nowMs = START_MS + 5_000;
    time.advanceSeconds(5);
    await change({ nextPollAtMs: nowMs + 8_000, leaseUntilMs: nowMs + 8_000 });

    expect(await poll()).toEqual(refusedAs('authorization_pending'));
    expect(time.nowMs()).toBe(nowMs + 3_000);
  });

  it('every interval finds an approval at most one interval after the click, with no loop running', async () => {
    broker.upstream.approveAt(START_MS + 12_000);
    const answers: unknown[] = [];

    for (let turn = 0; turn < 3; turn += 1) {
      time.advanceSeconds(5);
      answers.push(await poll());
    }

    expect(answers).toEqual([
      refusedAs('authorization_pending'),
      refusedAs('authorization_pending'),
      expect.objectContaining({ accessToken: 'upstream-access-token-1' }),
    ]);
    expect(broker.upstream.pollTimes()).toEqual([START_MS + 5_000, START_MS + 10_000, START_MS + 15_000]);
  });

  it.each(['throttled', 'server_error', 'timeout', 'slow_down', 'invalid_grant'] as const)(
    'during upstream’s trouble (%s) is told to go on',
    async (answer) => {
      time.advanceSeconds(5);
      broker.upstream.answerNext(answer);

      expect(await poll()).toEqual(refusedAs('authorization_pending'));
    },
  );

  const phases: Record<Exclude<Phase, 'authorized' | 'claimed'>, OAuthErrorCode> = {
    awaiting_operator: 'authorization_pending',
    pending: 'authorization_pending',
    denied: 'access_denied',
    cancelled: 'access_denied',
    expired: 'expired_token',
    superseded: 'invalid_grant',
    failed: 'invalid_grant',
  };

  it.each(Object.entries(phases))('of a session that is %s is answered %s', async (phase, refused) => {
    await change({ phase: phase as Phase });

    expect(await poll()).toEqual(refusedAs(refused));
  });

  it.each(END_PHASES)('of a session that is %s is told what to do next', async (phase) => {
    await change({ phase });

    expect(await poll()).toMatchObject({
      description: expect.stringMatching(/Start a new device authorization|Use its device code/),
    });
  });

  it('of a failed session is told why it failed', async () => {
    await change({ phase: 'failed', endReason: 'registration_lost' });

    expect(await poll()).toMatchObject({ description: expect.stringContaining('registration_lost') });
  });

  it('of an authorized session brings the tokens, and again when the answer was lost', async () => {
    await approve();

    const first = await poll();

    expect(first).toHaveProperty('accessToken', 'upstream-access-token-1');
    expect(await poll()).toEqual(first);
  });

  it.each(['pending', 'authorized', 'awaiting_operator'] as const)(
    'of a session that is still %s in the table is expired_token from the second at which it expires',
    async (phase) => {
      const { expiresAt } = await broker.stored(device.sessionId);
      await change({ phase });
      time.advance(expiresAt * 1000 - time.nowMs());

      expect(await poll()).toEqual(refusedAs('expired_token'));
    },
  );

  it('at the end is expired_token also while somebody else’s poll is under way', async () => {
    const { expiresAt } = await broker.stored(device.sessionId);
    await change({ nextPollAtMs: expiresAt * 1000 + 8_000 });
    time.advance(expiresAt * 1000 - time.nowMs());

    expect(await poll()).toEqual(refusedAs('expired_token'));
    expect((await broker.stored(device.sessionId)).phase).toBe('pending');
  });

  it('of its own code whose session is gone from the table is expired_token', async () => {
    broker.memory.records.remove(device.sessionId);

    expect(await poll()).toEqual(refusedAs('expired_token'));
  });

  it('with another client’s code is invalid_grant, whether its session is there or gone', async () => {
    const other = await broker.startDevice();

    expect(await poll({ deviceCode: other.deviceCode })).toEqual(refusedAs('invalid_grant'));
    broker.memory.records.remove(other.sessionId);
    expect(await poll({ deviceCode: other.deviceCode })).toEqual(refusedAs('invalid_grant'));
  });

  it('with a code that nobody was given is invalid_grant', async () => {
    const invented = makeDeviceCode(makeFakeRandom('invented'), sha256('a secret of nobody'));

    expect(await poll({ deviceCode: invented })).toEqual(refusedAs('invalid_grant'));
    expect(await poll({ deviceCode: 'no code at all' })).toEqual(refusedAs('invalid_grant'));
  });

  it('of a session that the table has under another client is invalid_grant', async () => {
    await change({ clientId: 'another' });

    expect(await poll()).toEqual(refusedAs('invalid_grant'));
  });

  it('by a stranger with somebody’s live code does not disturb that session', async () => {
    time.advanceSeconds(5);
    broker.upstream.approveAt(time.nowMs());
    const { clientId } = await broker.enroll();
    const before = await broker.stored(device.sessionId);

    const answer = await poll({ clientId, clientSecret: clientSecretOf(clientId) });

    expect(answer).toEqual(refusedAs('invalid_grant'));
    expect(await broker.stored(device.sessionId)).toEqual(before);
    expect(await poll()).toHaveProperty('accessToken');
  });

  it.each([
    { what: 'unknown', own: { clientId: 'nobody' } },
    { what: 'with a wrong secret', own: { clientSecret: 'wrong' } },
  ])('by a client that is $what is invalid_client, before its session is looked at', async ({ own }) => {
    time.advanceSeconds(5);

    expect(await poll(own)).toEqual(refusedAs('invalid_client'));
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('by a client that was locked since is invalid_client, also when its tokens are there', async () => {
    await approve();
    await broker.clients.lock(device.clientId, 'stolen', time.nowMs());

    expect(await poll()).toEqual(refusedAs('invalid_client'));
    expect(await broker.stored(device.sessionId)).toMatchObject({ phase: 'authorized' });
  });

  it('too often is told to slow down and for how long; moderate haste is not', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => poll()));

    expect(answers.filter((answer) => 'refused' in answer && answer.refused === 'slow_down')).toHaveLength(15);
    expect(answers.at(-1)).toMatchObject({ refused: 'slow_down', retryAfterSeconds: 10 });
  });

  it('that waits 5 s longer after a slow_down never gets another (RFC 8628 §3.5)', async () => {
    for (let turn = 0; turn < 20; turn += 1) await poll();
    const answers: unknown[] = [];

    for (let turn = 0; turn < 50; turn += 1) {
      time.advanceSeconds(10);
      answers.push(await poll());
    }

    expect(answers).toEqual(Array(50).fill(refusedAs('authorization_pending')));
  });

  it.each([
    { outcome: 'tokens', settle: () => approve(), answer: expect.objectContaining({ tokenType: 'Bearer' }) },
    { outcome: 'a denial', settle: () => change({ phase: 'denied' }), answer: refusedAs('access_denied') },
    { outcome: 'a cancel', settle: () => change({ phase: 'cancelled' }), answer: refusedAs('access_denied') },
    { outcome: 'an expiry', settle: () => change({ phase: 'expired' }), answer: refusedAs('expired_token') },
    { outcome: 'a failure', settle: () => change({ phase: 'failed' }), answer: refusedAs('invalid_grant') },
  ])('too often still finds $outcome: slow_down never hides an outcome', async ({ settle, answer }) => {
    for (let turn = 0; turn < 20; turn += 1) await poll();
    await settle();
    for (let turn = 0; turn < 20; turn += 1) expect(await poll()).toEqual(answer);
  });
});

describe('fifty polls of one device at the same moment, right after the approval', () => {
  it('wait for the one that asks upstream, and all bring the same tokens', async () => {
    const time = makeTimeline();
    const broker = makeFakeBroker({ time, upstream: { latencyMs: () => 300 } });
    const started = await time.start(() => broker.startDevice());
    await time.finish();
    const device = await started.result;
    broker.upstream.approveAt(time.nowMs());
    await time.elapse(5_000);

    const polls = await Promise.all(
      Array.from({ length: 50 }, () => time.start(() => broker.redeemDeviceCode(device))),
    );
    await time.finish();

    const answers = await Promise.all(polls.map(({ result }) => result));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ accessToken: 'upstream-access-token-1' });
    expect(broker.upstream.pollTimes()).toHaveLength(1);
  });
});
