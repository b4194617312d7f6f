import { describe, expect, it } from 'vitest';
import { callerOf, correlationIdOf } from '../../lambda/http/device-event.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { deviceEvent } from '../support/http-event.ts';
import { DEVICE, makeWholeBroker } from '../support/whole-broker.ts';

const REQUEST_ID = '2f9c1c5e-4a1b-4d83-9c5e-0a7f5d3b9e11';
const EXTENDED = 'JKJaXmPLvHcESHA=';

/** A request with the ids that the gateway gave it. */
function requestWith(requestId: string, extendedRequestId?: string) {
  const event = deviceEvent({ path: '/device_authorization' });
  Object.assign(event.requestContext, { requestId, extendedRequestId });
  return event;
}

describe('the correlation id of a request', () => {
  it('is the request id that its caller is told', () => {
    expect(callerOf(requestWith(REQUEST_ID, EXTENDED)).correlationId).toBe(REQUEST_ID);
  });

  it.each(['a-client-secret', `${REQUEST_ID} and more`, 'A'.repeat(43), ''])(
    'is the gateway’s other id when the caller has chosen the first: %j',
    (chosen) => {
      expect(correlationIdOf(requestWith(chosen, EXTENDED))).toBe(EXTENDED);
      expect(correlationIdOf(requestWith(chosen))).toBeUndefined();
    },
  );
});

describe('the events of a session', () => {
  const OTHER_REQUEST = '00000000-0000-4000-8000-000000000000';

  it.each(['signs', 'kiosks', 'gateways'])(
    'in fleet %s all have the correlation id of its first request',
    async (fleet) => {
      const time = makeFakeClock();
      const broker = makeWholeBroker({ time });
      const { clientId } = await broker.enroll({ fleet });
      const clientSecret = `secret-of-${clientId}`;
      const caller = { ...DEVICE, correlationId: REQUEST_ID };
      const started = await broker.startSession({ clientId, clientSecret, ...caller });
      if ('refused' in started) throw new Error(started.description);
      const [{ sessionId = '' } = {}] = broker.sessionsOf(clientId);
      const device = { ...started, clientId, clientSecret, sessionId };
      await broker.approve(device);
      await broker.tick({ cohort: 'c', generation: 0, tick: 0, sessionIds: [sessionId], waitSeconds: 1 });
      time.advanceSeconds(2);
      await broker.tick({ cohort: 'c', generation: 0, tick: 0, sessionIds: [sessionId], waitSeconds: 1 });
      const tokens = await broker.redeemDeviceCode(device);
      const handle = 'refreshToken' in tokens ? (tokens.refreshToken ?? '') : '';
      time.advanceSeconds(28_000);
      const later = { ...DEVICE, correlationId: OTHER_REQUEST };
      await broker.refreshTokens({ ...device, ...later, refreshToken: handle });
      await broker.roleCredentials(handle, later);
      await broker.revokeToken({ ...device, token: handle });

      const told = broker.events.filter((event) => 'sessionId' in event && event.sessionId === sessionId);
      expect(told.map(({ event }) => event)).toEqual(
        expect.arrayContaining([
          'session_started',
          'poll_taken',
          'upstream_polled',
          'session_settled',
          'tokens_delivered',
          fleet === 'gateways' ? 'role_credentials' : 'refreshed',
          'grant_ended',
        ]),
      );
      for (const event of told) expect(event).toMatchObject({ sessionId, clientId, fleet, correlationId: REQUEST_ID });
    },
  );
});

describe('what the loop tells of its polls', () => {
  const tickOf = (sessionId: string) => ({
    cohort: 'c',
    generation: 0,
    tick: 0,
    sessionIds: [sessionId],
    waitSeconds: 1,
  });

  it('is how late it was by its own plan, which leaves a polling device the first word', async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const { sessionId, interval } = await broker.start('signs');

    time.advanceSeconds(interval + 1);
    await broker.tick(tickOf(sessionId));
    expect(broker.eventsOf('poll_taken')).toEqual([]);
    time.advanceSeconds(4);
    await broker.tick(tickOf(sessionId));

    expect(broker.eventsOf('poll_taken')).toMatchObject([{ sessionId, lagMs: 3_000 }]);
  });

  it('is also a poll that failed in the broker itself', async () => {
    const time = makeFakeClock();
    const down = (): Promise<never> => Promise.reject(new Error('the table is throttled'));
    const broker = makeWholeBroker({ time, wrapSessions: (store) => ({ ...store, claimPoll: down }) });
    const { sessionId, clientId } = await broker.start('signs');

    time.advanceSeconds(10);
    await broker.tick(tickOf(sessionId));

    expect(broker.eventsOf('poll_failed')).toEqual([{ event: 'poll_failed', sessionId, clientId, fleet: 'signs' }]);
  });
});
