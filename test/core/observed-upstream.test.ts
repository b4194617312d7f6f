import { describe, expect, it } from 'vitest';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { observedPortal, observedUpstream } from '../../lambda/core/observed-upstream.ts';
import type { Portal } from '../../lambda/core/role-credentials.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import type { TokenAnswer, Upstream } from '../../lambda/core/upstream.ts';
import { makeFakeClock, START_SECONDS } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';

const CLIENT = { clientId: 'upstream-client', clientSecret: makeSecret('s'), expiresAt: START_SECONDS + 1_000 };

/** Upstream that takes 250 ms for each answer, and its witness. */
function setUp() {
  const clock = makeFakeClock();
  const events: BrokerEvent[] = [];
  const ports = { clock, observe: (event: BrokerEvent) => void events.push(event) };
  const slowly = async <T>(answer: T): Promise<T> => {
    clock.advance(250);
    return answer;
  };
  const activation = {} as never;
  const upstream: Upstream = {
    registerClient: () => slowly({ kind: 'registered', registration: CLIENT }),
    startDeviceAuthorization: () => slowly({ kind: 'started', activation, expiresInSeconds: 600, intervalSeconds: 1 }),
    createToken: (_target, _client, grant) =>
      slowly<TokenAnswer>('deviceCode' in grant ? { kind: 'pending' } : { kind: 'unavailable', cause: 'throttled' }),
  };
  const portal: Portal = { getRoleCredentials: () => slowly({ kind: 'no_access' }) };
  return { events, upstream: observedUpstream(upstream, ports), portal: observedPortal(portal, ports) };
}

const FLEET = makeFleet();

describe('the witness of upstream', () => {
  it('tells a registration, and how long it took', async () => {
    const { events, upstream } = setUp();

    expect((await upstream.registerClient(FLEET)).kind).toBe('registered');
    expect(events).toEqual([
      { event: 'upstream_called', operation: 'RegisterClient', outcome: 'registered', latencyMs: 250 },
    ]);
  });

  it('tells a start, and what the registration had left when it was made', async () => {
    const { events, upstream } = setUp();

    expect((await upstream.startDeviceAuthorization(FLEET, CLIENT, FLEET.startUrl)).kind).toBe('started');
    expect(events).toEqual([
      {
        event: 'upstream_called',
        operation: 'StartDeviceAuthorization',
        outcome: 'started',
        latencyMs: 250,
        registrationSecondsLeft: 1_000,
      },
    ]);
  });

  it('tells a poll from a refresh, and the cause when there was no answer', async () => {
    const { events, upstream } = setUp();

    await upstream.createToken(FLEET, CLIENT, { deviceCode: 'd' });
    await upstream.createToken(FLEET, CLIENT, { refreshToken: 'r' });

    expect(events).toEqual([
      { event: 'upstream_called', operation: 'CreateToken', outcome: 'pending', latencyMs: 250 },
      { event: 'upstream_called', operation: 'RefreshToken', outcome: 'throttled', latencyMs: 250 },
    ]);
  });
});

describe('the witness of the access portal', () => {
  it('tells each call, and hands its answer on', async () => {
    const { events, portal } = setUp();
    const pin = { accountId: '111122223333', roleName: 'DeviceRole' };

    expect(await portal.getRoleCredentials(FLEET, 'token', pin)).toEqual({ kind: 'no_access' });
    expect(events).toEqual([
      { event: 'upstream_called', operation: 'GetRoleCredentials', outcome: 'no_access', latencyMs: 250 },
    ]);
  });
});
