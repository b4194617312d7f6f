import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../lambda/core/grant.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeTimeline } from '../support/fake-timeline.ts';
import { TOKEN_SECONDS } from '../support/fake-upstream.ts';
import { DEVICE } from '../support/whole-broker.ts';
import { withProvider } from './provider.ts';

const LATER = { status: 503, body: { code: 'ServiceUnavailable' } };

/** From here on credentials that were fetched at the start are in their last five minutes. */
const LAST_MINUTES_SECONDS = 3_301;

describe('the portal in trouble, without credentials to give', () => {
  it('is told to the device, and asked again at its next request: nothing stays locked', async () => {
    const { broker, fetchCredentials, grant } = await withProvider(makeFakeClock(), 'gateways');
    broker.portal.answerNext('unavailable', 'timeout');

    expect(await fetchCredentials()).toMatchObject(LATER);
    expect(await fetchCredentials()).toMatchObject(LATER);
    expect(await grant()).not.toHaveProperty('credentialsLeaseUntilMs');
    expect((await fetchCredentials()).status).toBe(200);
    expect(broker.portal.calls).toHaveLength(3);
  });

  it('and slow keeps nobody waiting for more than two seconds but the one who asks', async () => {
    const time = makeTimeline();
    const { broker, device } = await withProvider(time, 'gateways');
    broker.portal.answerNext('timeout');
    const { result: first } = await time.start(() => broker.roleCredentials(device.handle, DEVICE));
    const before = time.nowMs();

    const { result: second } = await time.start(() => broker.roleCredentials(device.handle, DEVICE));
    await time.elapse(1_999);
    expect(await second).toMatchObject({ refused: 'server_error', retryAfterSeconds: 2 });
    await time.finish();

    expect(await first).toMatchObject({ refused: 'server_error' });
    expect(time.nowMs() - before).toBe(3_000);
    expect(broker.portal.calls).toHaveLength(1);
  });

  it('whose asker died is asked again after five seconds', async () => {
    const time = makeTimeline();
    const { broker, device } = await withProvider(time, 'gateways');
    const leased = { credentialsLeaseUntilMs: time.nowMs() + 5_000 };
    await broker.grantRecords.change(
      device.grantId,
      () => true,
      (grant) => ({ ...grant, ...leased }),
    );
    await time.elapse(4_000);

    const { result } = await time.start(() => broker.roleCredentials(device.handle, DEVICE));
    await time.finish();

    expect(await result).toHaveProperty('accessKeyId');
    expect(broker.portal.calls).toHaveLength(1);
  });
});

describe('the portal in trouble, with credentials in their last five minutes', () => {
  it.each(['unavailable', 'timeout'] as const)('(%s) does not keep them from the device', async (answer) => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    const first = await fetchCredentials();
    time.advanceSeconds(LAST_MINUTES_SECONDS);
    broker.portal.answerNext(answer);

    expect(await fetchCredentials()).toEqual(first);
    expect((await fetchCredentials()).body).toMatchObject({ AccessKeyId: 'ASIAFAKE000000000003' });
  });

  it('does not give them a second past their end', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    const first = await fetchCredentials();
    time.advanceSeconds(3_599);
    broker.portal.answerNext('unavailable', 'unavailable');

    expect(await fetchCredentials()).toEqual(first);
    time.advanceSeconds(1);
    expect(await fetchCredentials()).toMatchObject(LATER);
  });

  it('gives them at once to everybody but the one who asks', async () => {
    const time = makeTimeline();
    const { broker, device } = await withProvider(time, 'gateways');
    const kept = await broker.roleCredentials(device.handle, DEVICE);
    await time.elapse(LAST_MINUTES_SECONDS * 1000);
    broker.portal.answerNext('timeout');
    await time.start(() => broker.roleCredentials(device.handle, DEVICE));
    const before = time.nowMs();

    const { result } = await time.start(() => broker.roleCredentials(device.handle, DEVICE));

    expect(await result).toEqual(kept);
    expect(time.nowMs()).toBe(before);
    await time.finish();
    expect(broker.portal.calls).toHaveLength(2);
  });
});

describe('SSO OIDC in trouble', () => {
  it('with a dead token gives the credentials that still live, and otherwise says when to come back', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    time.advanceSeconds(TOKEN_SECONDS - 61);
    const first = await fetchCredentials();
    time.advanceSeconds(LAST_MINUTES_SECONDS);
    broker.refreshes.answerNext('server_error', 'timeout');

    expect(await fetchCredentials()).toEqual(first);
    time.advanceSeconds(300);
    expect(await fetchCredentials()).toMatchObject(LATER);
    expect((await fetchCredentials()).status).toBe(200);
  });

  it('with a token in its last minute lets that be used, and is asked once a request', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    time.advanceSeconds(TOKEN_SECONDS - 30);
    broker.refreshes.answerNext('throttled');

    expect((await fetchCredentials()).status).toBe(200);
    expect(broker.portal.calls.map((call) => call.accessToken)).toEqual(['upstream-access-token-1']);
    expect(broker.refreshes.calls).toHaveLength(1);
  });
});

describe('an access token that the portal does not take any more', () => {
  it('ends the sign-in: the operators of a deferred fleet are asked once, however many ask at once', async () => {
    const time = makeTimeline();
    const { broker, device, grant } = await withProvider(time, 'gateways', { portal: { latencyMs: 300 } });
    broker.portal.answerNext('unauthorized');

    const started = await Promise.all(
      Array.from({ length: 20 }, () => time.start(() => broker.roleCredentials(device.handle, DEVICE))),
    );
    await time.finish();
    const answers = await Promise.all(started.map(({ result }) => result));

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      refused: 'invalid_grant',
      description: expect.stringContaining('The operators have been asked to approve this device again'),
    });
    expect(broker.portal.calls).toHaveLength(1);
    expect(await grant()).toMatchObject({ endReason: 'session_ended' });
    expect(broker.sessionsOf(device.clientId).map(({ phase }) => phase)).toEqual(['claimed', 'awaiting_operator']);
  });

  it('after an approval gives credentials to the old handle again, with the new token', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'gateways');
    await fetchCredentials();
    await broker.pass(LAST_MINUTES_SECONDS * 1000);
    broker.portal.answerNext('unauthorized');
    expect(await fetchCredentials()).toMatchObject({ status: 403, body: { code: 'SessionEnded' } });
    const { sessionId, userCode = '' } = broker.sessionsOf(device.clientId).at(-1) ?? { sessionId: '' };
    await broker.approve({ sessionId, userCode });

    expect(await fetchCredentials()).toMatchObject({ status: 200 });
    expect(broker.portal.calls.at(-1)).toMatchObject({ accessToken: 'upstream-access-token-2' });
  });

  it('says why even when it took the portal longer than a provider waits', async () => {
    const { broker, fetchCredentials } = await withProvider(makeFakeClock(), 'sensors', {
      portal: { latencyMs: 2_500 },
    });
    await fetchCredentials();
    await broker.pass(LAST_MINUTES_SECONDS * 1000);
    broker.portal.answerNext('unauthorized');

    expect(await fetchCredentials()).toMatchObject({ status: 403, body: { code: 'SessionEnded' } });
  });
});

describe('a role that the approver does not have', () => {
  it('is named, the sign-in stays, and the portal is asked again at the next request', async () => {
    const { broker, fetchCredentials, grant } = await withProvider(makeFakeClock(), 'gateways');
    broker.portal.answerNext('no_access');

    expect(await fetchCredentials()).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('no role DeviceRole in account 111122223333') },
    });
    expect(await grant()).not.toHaveProperty('endReason');
    expect((await fetchCredentials()).status).toBe(200);
  });
});

describe('a table in trouble', () => {
  it('while credentials are being kept is a 503, and the next request succeeds', async () => {
    let failures = 1;
    const time = makeFakeClock();
    const { fetchCredentials } = await withProvider(time, 'gateways', {
      wrapGrants: (store): GrantStore => ({
        ...store,
        storeCredentials: (...args) =>
          failures-- > 0 ? Promise.reject(new Error('the table is throttled')) : store.storeCredentials(...args),
      }),
    });

    expect(await fetchCredentials()).toMatchObject(LATER);
    time.advanceSeconds(5);
    expect((await fetchCredentials()).status).toBe(200);
  });
});
