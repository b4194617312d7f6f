import { describe, expect, it } from 'vitest';
import type { Client } from '../../lambda/core/client.ts';
import { CLIENT_LIFETIME_SECONDS } from '../../lambda/core/client.ts';
import type { OAuthErrorCode } from '../../lambda/core/oauth-error.ts';
import type { UpstreamProblem } from '../../lambda/core/upstream.ts';
import { BASE_URL, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { clientSecretOf } from '../support/fake-records.ts';

function setUp() {
  const broker = makeFakeBroker({ time: makeFakeClock() });
  const start = (clientId: string, own: { clientSecret?: string; startUrl?: string } = {}) =>
    broker.startSession({
      clientId,
      clientSecret: clientSecretOf(clientId),
      sourceIp: '192.0.2.7',
      baseUrl: BASE_URL,
      ...own,
    });
  return { broker, start };
}

describe('a device that may not start a session', () => {
  const clients: readonly { what: string; own: Partial<Client>; refused: OAuthErrorCode; says: RegExp }[] = [
    { what: 'locked', own: { lockedAtMs: START_MS }, refused: 'invalid_client', says: /locked.*Ask an operator/ },
    { what: 'revoked', own: { revokedAtMs: START_MS }, refused: 'invalid_client', says: /revoked.*register again/ },
    { what: 'expired', own: { expiresAt: START_SECONDS }, refused: 'invalid_client', says: /expired.*Register/ },
    {
      what: 'about to expire (899 s left)',
      own: { expiresAt: START_SECONDS + 899 },
      refused: 'invalid_client',
      says: /about to expire.*Register/,
    },
    {
      what: 'of a fleet that is gone',
      own: { fleet: 'robots' },
      refused: 'unauthorized_client',
      says: /not configured/,
    },
  ];

  it.each(clients)('because it is $what is told $refused and what to do, before upstream is asked', async (refusal) => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll(refusal.own);

    expect(await start(clientId)).toEqual({
      refused: refusal.refused,
      description: expect.stringMatching(refusal.says),
    });
    expect(broker.upstream.calls).toEqual([]);
    expect(broker.memory.records.all()).toEqual([]);
  });

  it('whether its id is unknown or its secret wrong, is told the same words (RFC 6749 §5.2)', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll();

    const wrongSecret = await start(clientId, { clientSecret: 'wrong' });

    expect(wrongSecret).toMatchObject({ refused: 'invalid_client' });
    expect(await start('nobody')).toEqual(wrongSecret);
    expect(broker.upstream.calls).toEqual([]);
  });

  it('is not told about its lock unless it knows the secret', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll({ lockedAtMs: START_MS });

    expect(await start(clientId, { clientSecret: 'wrong' })).toEqual(await start('nobody'));
  });

  it('may, with exactly 15 minutes of its registration left', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll({ expiresAt: START_SECONDS + 900 });

    expect(await start(clientId)).toHaveProperty('deviceCode');
  });

  it('may not, with another start URL than its fleet’s, and is told which to use', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll();

    expect(await start(clientId, { startUrl: 'https://d-0987654321.awsapps.com/start' })).toEqual({
      refused: 'invalid_request',
      description: expect.stringContaining('Use https://d-1234567890.awsapps.com/start as startUrl'),
    });
    expect(broker.upstream.calls).toEqual([]);
  });

  it('may, with its fleet’s start URL as people paste it', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll();

    expect(await start(clientId, { startUrl: 'https://D-1234567890.awsapps.com/start/#/' })).toHaveProperty(
      'deviceCode',
    );
  });

  it('has a registration of 90 days, as at AWS', () => {
    expect(CLIENT_LIFETIME_SECONDS).toBe(90 * 86_400);
  });
});

describe('a start that upstream did not make', () => {
  const problems: readonly { problem: UpstreamProblem; refused: OAuthErrorCode; retryAfterSeconds?: number }[] = [
    { problem: { kind: 'refused', exception: 'InvalidRequestException' }, refused: 'invalid_request' },
    { problem: { kind: 'invalid_client' }, refused: 'invalid_request' },
    { problem: { kind: 'unavailable', cause: 'throttled' }, refused: 'slow_down', retryAfterSeconds: 65 },
    { problem: { kind: 'unavailable', cause: 'paced' }, refused: 'slow_down', retryAfterSeconds: 65 },
    { problem: { kind: 'unavailable', cause: 'server_error' }, refused: 'server_error', retryAfterSeconds: 20 },
    { problem: { kind: 'unavailable', cause: 'timeout' }, refused: 'server_error', retryAfterSeconds: 20 },
    { problem: { kind: 'unavailable', cause: 'network' }, refused: 'server_error', retryAfterSeconds: 20 },
  ];

  it.each(problems)('with $problem is refused as $refused', async ({ problem, ...refusal }) => {
    const { broker, start } = setUp();
    const { clientId } = await broker.startDevice();
    broker.upstream.failSettingUp(problem);

    const answer = await start(clientId);

    expect(answer).toEqual({ ...refusal, description: expect.stringMatching(/Wait and start again|Ask an operator/) });
  });

  it('is tried twice at most when upstream knows no registration of the broker', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.startDevice();
    const before = broker.upstream.countOf('startDeviceAuthorization');
    broker.upstream.forgetClient();
    const forgetful = broker.upstream.registerClient;
    broker.upstream.registerClient = async (target) => {
      const answer = await forgetful(target);
      broker.upstream.forgetClient();
      return answer;
    };

    expect(await start(clientId)).toMatchObject({ refused: 'invalid_request' });
    expect(broker.upstream.countOf('startDeviceAuthorization') - before).toBe(2);
  });
});
