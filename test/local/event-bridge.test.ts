import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { type BusEvent, openEventBus } from '../../local/aws/event-bridge.ts';
import { clientSettings } from './stand-in-clients.ts';

const NOW_MS = 1_800_000_000_000;

let endpoint: AwsEndpoint | undefined;
let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'event-bridge-')), 'events.jsonl');
});
afterEach(async () => {
  await endpoint?.close();
  rmSync(dirname(path), { recursive: true });
});

/** A bus behind the endpoint, and the real client of the SDK in front of it. */
async function start(kept = false) {
  const told: BusEvent[] = [];
  const bus = openEventBus({
    name: 'Events',
    now: () => NOW_MS,
    onEvent: (event) => told.push(event),
    ...(kept && { path }),
  });
  endpoint = await startAwsEndpoint({ AWSEvents: bus.service }, () => {});
  const client = new EventBridgeClient(clientSettings(endpoint.url));
  const put = (...entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries: entries }));
  return { bus, told, put };
}

const entry = (own: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: 'Events',
  Source: 'fleet-token-broker',
  DetailType: 'SessionPending',
  Detail: '{"data":{"sessionId":"1"}}',
  ...own,
});

describe('the EventBridge stand-in', () => {
  it('makes of an entry the event that a rule would see', async () => {
    const { bus, told, put } = await start();

    const { Entries } = await put(entry({ Time: new Date('2026-11-21T07:00:00.500Z') }));

    expect(bus.events()).toEqual([
      {
        version: '0',
        id: Entries?.[0]?.EventId,
        'detail-type': 'SessionPending',
        source: 'fleet-token-broker',
        account: '000000000000',
        time: '2026-11-21T07:00:00Z',
        region: 'us-east-1',
        resources: [],
        detail: { data: { sessionId: '1' } },
      },
    ]);
    expect(told).toEqual(bus.events());
  });

  it('gives an event without a time the time of its arrival', async () => {
    const { bus, put } = await start();

    await put(entry());

    expect(bus.events()[0]?.time).toBe(new Date(NOW_MS).toISOString().replace('.000', ''));
  });

  it('takes the good entries of a call and refuses the others, each with its reason', async () => {
    const { bus, put } = await start();

    const { FailedEntryCount, Entries } = await put(entry(), entry({ Detail: 'no JSON' }), entry({ Source: '' }));

    expect(FailedEntryCount).toBe(2);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, 'MalformedDetail', 'InvalidArgument']);
    expect(bus.events()).toHaveLength(1);
  });

  it('refuses a call with more than ten entries, one without any, and one for another bus', async () => {
    const { bus, put } = await start();

    await expect(put(...Array.from({ length: 11 }, () => entry()))).rejects.toThrow('1 to 10 entries');
    await expect(put()).rejects.toThrow('1 to 10 entries');
    await expect(put(entry({ EventBusName: 'Other' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(bus.events()).toEqual([]);
  });

  it('remembers the last thousand', async () => {
    const { bus, put } = await start();

    for (let call = 0; call < 101; call += 1) {
      await put(...Array.from({ length: 10 }, (_, i) => entry({ Detail: `{"n":${call * 10 + i}}` })));
    }

    expect(bus.events()).toHaveLength(1000);
    expect(bus.events()[0]?.detail).toEqual({ n: 10 });
  });
});

describe('the file of events', () => {
  it('is read again at the next start, but for a line that a crash has cut short', async () => {
    const first = await start(true);
    await first.put(entry(), entry({ Detail: '{"n":2}' }));
    await endpoint?.close();
    appendFileSync(path, '{"version":"0","id":');

    const second = await start(true);
    expect(second.bus.events()).toEqual(first.bus.events());
    expect(second.told).toEqual([]);

    await second.put(entry({ Detail: '{"n":3}' }));
    await endpoint?.close();
    const third = await start(true);
    expect(third.bus.events()).toEqual(second.bus.events());
  });

  it('is readable by its owner alone and has one event a line', async () => {
    const { bus, put } = await start(true);

    await put(entry(), entry());

    expect(statSync(path).mode & 0o777).toBe(0o600);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(bus.events());
  });
});
