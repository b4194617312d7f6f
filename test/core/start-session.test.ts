import { describe, expect, it } from 'vitest';
import { isDeviceCodeOf, sessionIdOf } from '../../lambda/core/device-code.ts';
import { sealPublicKeyOf } from '../../lambda/core/sealing.ts';
import type { Session } from '../../lambda/core/session.ts';
import type { DeviceAuthorization } from '../../lambda/core/start-session.ts';
import { BASE_URL, type FakeBrokerOptions, makeFakeBroker } from '../support/fake-broker.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { clientSecretOf, makeFleet } from '../support/fake-records.ts';

function setUp(options: Partial<FakeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeFakeBroker({ time, ...options });

  async function start(clientId: string): Promise<DeviceAuthorization> {
    const request = { clientId, clientSecret: clientSecretOf(clientId), sourceIp: '192.0.2.7', baseUrl: BASE_URL };
    return (await broker.startSession(request)) as DeviceAuthorization;
  }

  /** The sessions of a client that a device could still be waiting for. */
  const waiting = (clientId: string): Session[] =>
    broker.memory.records.all().filter((session) => session.clientId === clientId && session.phase === 'pending');

  return { time, broker, start, waiting };
}

describe('starting a session with immediate approval', () => {
  it('gives the device a code of its own, and upstream’s user code and links byte for byte (RFC 8628 §3.2)', async () => {
    const { broker, start } = setUp();
    const client = await broker.enroll();

    const { deviceCode, ...told } = await start(client.clientId);

    expect(isDeviceCodeOf(deviceCode, client.clientSecretHash)).toBe(true);
    expect(told).toEqual({
      userCode: 'CODE-0001',
      verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
      verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=CODE-0001',
      expiresIn: 600,
      interval: 5,
    });
  });

  it('stores one pending session that knows the code only by its hash and its public key', async () => {
    const { broker, start } = setUp();
    const { clientId, clientName } = await broker.enroll();

    const { deviceCode } = await start(clientId);

    const session = await broker.stored(sessionIdOf(deviceCode));
    expect(broker.memory.records.all()).toEqual([session]);
    expect(session).toMatchObject({
      phase: 'pending',
      clientId,
      clientName,
      fleet: 'kiosks',
      sourceIp: '192.0.2.7',
      createdAtMs: START_MS,
      polls: 0,
      slowDowns: 0,
      sealPublicKey: sealPublicKeyOf(deviceCode),
      upstreamDeviceCode: 'upstream-device-code-1',
    });
    expect(JSON.stringify(session)).not.toContain(deviceCode);
  });

  it.each([
    { upstream: 1, minimum: 5, interval: 5 },
    { upstream: 10, minimum: 5, interval: 10 },
    { upstream: 0, minimum: 0, interval: 1 },
  ])('upstream’s interval $upstream s and the fleet’s least of $minimum s make $interval s', async (intervals) => {
    const fleet = makeFleet({ minimumIntervalSeconds: intervals.minimum });
    const upstream = { intervalSeconds: intervals.upstream };
    const { broker, start, time } = setUp({ settings: { fleets: { kiosks: fleet } }, upstream });

    const { deviceCode, interval } = await start((await broker.enroll()).clientId);

    const session = await broker.stored(sessionIdOf(deviceCode));
    expect([interval, session.intervalSeconds]).toEqual([intervals.interval, intervals.interval]);
    expect(session.nextPollAtMs).toBe(time.nowMs() + intervals.interval * 1000);
  });

  it('never promises a code longer than upstream keeps its own, however slowly upstream answered', async () => {
    const { broker, start } = setUp({ upstream: { latencyMs: () => 1_500 } });

    const { deviceCode, expiresIn } = await start((await broker.enroll()).clientId);

    // Registering took the first 1.5 s, starting the second; upstream's code ends 600 s after that began.
    expect((await broker.stored(sessionIdOf(deviceCode))).expiresAt).toBeLessThanOrEqual(START_SECONDS + 601);
    expect(expiresIn).toBeLessThanOrEqual(598);
  });

  it('tells the observer which session of whom started, and nothing that opens anything', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll();

    const { deviceCode } = await start(clientId);

    const sessionId = sessionIdOf(deviceCode);
    expect(broker.eventsOf('session_started')).toEqual([
      { event: 'session_started', sessionId, clientId, fleet: 'kiosks' },
    ]);
  });

  it('asks upstream again under a new registration when it has forgotten the broker’s', async () => {
    const { broker, start } = setUp();
    const { clientId } = await broker.enroll();
    await start(clientId);
    broker.upstream.forgetClient();

    const { deviceCode } = await start(clientId);

    expect(broker.upstream.countOf('registerClient')).toBe(2);
    expect((await broker.stored(sessionIdOf(deviceCode))).phase).toBe('pending');
  });
});

describe('a client’s one live session', () => {
  it('supersedes the one before it', async () => {
    const { broker, start, waiting } = setUp();
    const { clientId } = await broker.enroll();
    const first = await start(clientId);

    const second = await start(clientId);

    const old = await broker.stored(sessionIdOf(first.deviceCode));
    expect(old).toMatchObject({ phase: 'superseded', endReason: 'the device started a newer session' });
    expect(old).not.toHaveProperty('userCode');
    expect(waiting(clientId).map((session) => session.sessionId)).toEqual([sessionIdOf(second.deviceCode)]);
    expect(broker.eventsOf('session_settled')).toEqual([
      { event: 'session_settled', sessionId: old.sessionId, clientId, fleet: 'kiosks', phase: 'superseded' },
    ]);
  });

  it('is one of ten that were started at once; the other nine are superseded', async () => {
    const { broker, start, waiting } = setUp();
    const { clientId } = await broker.enroll();

    await Promise.all(Array.from({ length: 10 }, () => start(clientId)));

    const [left] = waiting(clientId);
    expect(waiting(clientId)).toHaveLength(1);
    expect((await broker.clients.read(clientId))?.liveSessionId).toBe(left?.sessionId);
    expect(broker.memory.records.all().filter((session) => session.phase === 'superseded')).toHaveLength(9);
  });

  it.each(['authorized', 'claimed', 'denied', 'expired', 'cancelled', 'failed'] as const)(
    'leaves one before it that is %s as it is',
    async (phase) => {
      const { broker, start } = setUp();
      const { clientId } = await broker.enroll();
      const { sessionId } = await broker.startDevice(clientId);
      await broker.memory.records.change(
        sessionId,
        () => true,
        (session) => ({ ...session, phase }),
      );

      await start(clientId);

      expect((await broker.stored(sessionId)).phase).toBe(phase);
      expect(broker.eventsOf('session_settled')).toEqual([]);
    },
  );

  it('does not disturb another client’s', async () => {
    const { broker, start, waiting } = setUp();
    const other = await broker.startDevice();

    await start((await broker.enroll()).clientId);

    expect(waiting(other.clientId)).toHaveLength(1);
  });

  it.each([
    { what: 'upstream is down', problem: { kind: 'unavailable', cause: 'server_error' } },
    { what: 'upstream throttles', problem: { kind: 'unavailable', cause: 'throttled' } },
    { what: 'upstream’s quota is used up', problem: { kind: 'unavailable', cause: 'paced' } },
    { what: 'upstream refuses', problem: { kind: 'refused', exception: 'InvalidRequestException' } },
  ] as const)('stays when another start fails because $what', async ({ problem }) => {
    const { broker, start, waiting } = setUp();
    const { clientId, sessionId } = await broker.startDevice();
    const before = await broker.stored(sessionId);
    broker.upstream.failSettingUp(problem);

    expect(await start(clientId)).toHaveProperty('refused');

    expect(waiting(clientId)).toEqual([before]);
    expect((await broker.clients.read(clientId))?.liveSessionId).toBe(sessionId);
  });

  it('stays when another start fails because its session could not be stored', async () => {
    let broken = false;
    const { broker, start, waiting } = setUp({
      wrapSessions: (store) => ({
        ...store,
        create: (session) => (broken ? Promise.reject(new Error('no table')) : store.create(session)),
      }),
    });
    const { clientId, sessionId } = await broker.startDevice();
    broken = true;

    await expect(start(clientId)).rejects.toThrow('no table');

    expect(waiting(clientId).map((session) => session.sessionId)).toEqual([sessionId]);
    expect((await broker.clients.read(clientId))?.liveSessionId).toBe(sessionId);
  });
});

describe('starting a session with deferred approval', () => {
  const deferred = (own = {}) => ({ settings: { fleets: { kiosks: makeFleet({ approval: 'deferred', ...own }) } } });

  it('asks nothing of upstream, and gives the device a code and a link of the broker’s own', async () => {
    const { broker, start } = setUp(deferred());

    const { userCode, verificationUri, ...told } = await start((await broker.enroll()).clientId);

    expect(broker.upstream.calls).toEqual([]);
    expect(userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(verificationUri).toBe(`${BASE_URL}/activate`);
    expect(told).toMatchObject({
      verificationUriComplete: `${BASE_URL}/activate?user_code=${userCode}`,
      expiresIn: 86_400,
      interval: 30,
    });
  });

  it('stores a session that waits for an operator, findable by its user code', async () => {
    const { broker, start } = setUp(deferred());

    const { deviceCode, userCode } = await start((await broker.enroll()).clientId);

    const sessionId = sessionIdOf(deviceCode);
    expect(await broker.stored(sessionId)).toMatchObject({ phase: 'awaiting_operator', activations: 0 });
    expect(await broker.userCodes.find(userCode, START_MS)).toBe(sessionId);
  });

  it('does not outlive the client’s registration', async () => {
    const { broker, start } = setUp(deferred({ sessionLifetimeSeconds: 86_400 }));
    const { clientId } = await broker.enroll({ expiresAt: START_SECONDS + 3_600 });

    expect((await start(clientId)).expiresIn).toBe(3_600);
  });

  it('supersedes a session that waits for an operator too', async () => {
    const { broker, start } = setUp(deferred());
    const { clientId } = await broker.enroll();
    const { deviceCode } = await start(clientId);

    await start(clientId);

    expect((await broker.stored(sessionIdOf(deviceCode))).phase).toBe('superseded');
  });
});
