import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeEventBridge } from '../../lambda/adapters/event-bridge.ts';
import type { PutEvents } from '../../lambda/core/publish-events.ts';
import { type SessionEvent, sessionEventOf } from '../../lambda/core/session-events.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { type EventBus, openEventBus } from '../../local/aws/event-bridge.ts';
import { makeSession } from '../support/fake-records.ts';

let endpoint: AwsEndpoint;
let bus: EventBus;
let client: EventBridgeClient;
beforeEach(async () => {
  bus = openEventBus({ name: 'Events', now: Date.now, onEvent: () => {} });
  endpoint = await startAwsEndpoint({ AWSEvents: bus.service }, () => {});
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new EventBridgeClient({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await endpoint.close();
});

const on = (name: string): PutEvents => makeEventBridge(name, client);

function event(own: Partial<SessionEvent> = {}): SessionEvent {
  const made = sessionEventOf({ changeId: 'change-1', changedAtMs: 0, now: makeSession() });
  return { ...(made as SessionEvent), ...own };
}

describe('putting events on the bus', () => {
  it('gives them their source, their detail-type, their time and their detail', async () => {
    const put = event({ occurredAtMs: Date.parse('2026-11-21T07:00:00Z') });

    expect(await on('Events')([put])).toEqual([]);
    expect(bus.events()).toMatchObject([
      {
        source: 'fleet-token-broker',
        'detail-type': 'SessionPending',
        time: '2026-11-21T07:00:00Z',
        detail: JSON.parse(JSON.stringify(put.detail)),
      },
    ]);
  });

  it('tells which of them the bus did not take', async () => {
    const broken = event({ detailType: '' as SessionEvent['detailType'] });

    expect(await on('Events')([event(), broken, event(), broken])).toEqual([1, 3]);
    expect(bus.events()).toHaveLength(2);
  });

  it('fails when the call fails', async () => {
    await expect(on('Nowhere')([event()])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
