import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionEventDetail } from '../../lambda/core/session-event-schemas.ts';
import type { SessionEvent } from '../../lambda/core/session-events.ts';
import type { BusEvent } from '../../local/aws/event-bridge.ts';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { approve, askForToken, operatorGet, post, until, waitingDevice } from '../local/local-device.ts';
import { type Answered, wrongWith } from '../ops/described-answers.ts';
import { wrongWithEvent } from './described-events.ts';

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startLocalBroker({ ephemeral: true });
});
afterAll(async () => broker.close());

const detailOf = (event: BusEvent) => event.detail as unknown as SessionEventDetail;

/** The events of a device, by its name. */
const eventsOf = (clientName: string): BusEvent[] =>
  broker.events().filter((event) => detailOf(event).data.clientName === clientName);

const namesOf = (clientName: string): string[] => eventsOf(clientName).map((event) => event['detail-type']);

const OPERATOR = {
  Authorization: `AWS4-HMAC-SHA256 Credential=op/20261121/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

async function cancel(clientName: string): Promise<void> {
  await until(() => eventsOf(clientName).length > 0);
  const [first] = eventsOf(clientName);
  const { sessionId } = detailOf(first as BusEvent).data;
  await post(`${broker.api}/sessions/${sessionId}/cancel`, { reason: 'not ours' }, OPERATOR);
}

describe('the events of a running broker', () => {
  it('tell each transition of a session once and in order, as their schemas say', async () => {
    const device = await waitingDevice(broker, 'approved-one');
    await approve(broker, device);
    await until(async () => (await askForToken(broker, device)).status === 200);
    await until(() => eventsOf('approved-one').length === 3);

    expect(namesOf('approved-one')).toEqual(['SessionPending', 'SessionAuthorized', 'SessionClaimed']);
    const events = eventsOf('approved-one');
    expect(events.map((event) => detailOf(event).data.previousPhase)).toEqual([undefined, 'pending', 'authorized']);
    expect(new Set(events.map((event) => detailOf(event).metadata.id)).size).toBe(3);
    for (const event of events) {
      const detailType = event['detail-type'] as SessionEvent['detailType'];
      expect(wrongWithEvent({ detailType, detail: detailOf(event) })).toEqual([]);
    }
  });

  it('tell why a session ended', async () => {
    await waitingDevice(broker, 'cancelled-one');
    await cancel('cancelled-one');
    await until(() => eventsOf('cancelled-one').length === 2);

    expect(detailOf(eventsOf('cancelled-one')[1] as BusEvent).data).toMatchObject({
      phase: 'cancelled',
      previousPhase: 'pending',
      reason: 'not ours',
    });
  });

  it('tell of a device that waits for an operator', async () => {
    const { kiosks } = broker.fleets;
    if (kiosks === undefined) throw new Error('the local run has no fleet of deferred approval');
    await waitingDevice({ ...broker, ...kiosks }, 'deferred-one');
    await cancel('deferred-one');
    await until(() => eventsOf('deferred-one').length === 2);

    expect(namesOf('deferred-one')).toEqual(['SessionAwaitingOperator', 'SessionCancelled']);
    expect(detailOf(eventsOf('deferred-one')[0] as BusEvent).data).toMatchObject({ fleet: 'kiosks', activations: 0 });
  });

  it('hold no secret of the devices', async () => {
    const device = await waitingDevice(broker, 'secretive-one');
    await approve(broker, device);
    let token = await askForToken(broker, device);
    await until(async () => {
      if (token.status !== 200) token = await askForToken(broker, device);
      return token.status === 200;
    });
    await until(() => eventsOf('secretive-one').length === 3);

    const told = JSON.stringify(broker.events());
    const { accessToken, refreshToken } = token.body;
    for (const secret of [device.clientSecret, device.deviceCode, device.userCode, accessToken, refreshToken]) {
      expect(typeof secret === 'string' && told.includes(secret)).toBe(false);
    }
  });
});

describe('the ops API of a running broker', () => {
  it('answers over HTTP as it is described', async () => {
    await waitingDevice(broker, 'described-one');
    const wrong = await Promise.all(
      ['/sessions', '/summary', '/clients', '/enrollment-keys', '/openapi.json'].map(async (route) => {
        const response = await fetch(`${broker.api}${route}`, { headers: OPERATOR });
        const contentType = response.headers.get('content-type') ?? undefined;
        const answered: Answered = {
          method: 'GET',
          route,
          status: response.status,
          contentType,
          body: await response.json(),
        };
        return wrongWith(answered);
      }),
    );

    expect(wrong).toEqual([[], [], [], [], []]);
  });

  it('refuses a call without a signature as it is described', async () => {
    const response = await fetch(`${broker.api}/summary`);
    const contentType = response.headers.get('content-type') ?? undefined;
    const answered = {
      method: 'GET',
      route: '/summary',
      status: response.status,
      contentType,
      body: await response.json(),
    };

    expect(response.status).toBe(403);
    expect(wrongWith(answered)).toEqual([]);
  });

  it('answers 304 to who has the same already', async () => {
    const first = await fetch(`${broker.api}/clients`, { headers: OPERATOR });
    const ifNoneMatch = { 'If-None-Match': first.headers.get('etag') ?? '' };

    const second = await fetch(`${broker.api}/clients`, { headers: { ...OPERATOR, ...ifNoneMatch } });

    expect([second.status, await second.text()]).toEqual([304, '']);
  });

  it('tells the address of the broker in its description', async () => {
    expect(await operatorGet(broker, '/openapi.json')).toMatchObject({ servers: [{ url: broker.api }] });
  });
});
