import { makeStartPolling, type PendingSession } from '../../lambda/core/start-polling.ts';
import type { StreamRecord } from '../../local/aws/stream-table.ts';
import { type StreamPoller, startStreamPoller } from '../../local/stream.ts';
import type { StreamMapping } from '../../local/template.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Functions } from './functions.ts';
import type { Ledger } from './ledger.ts';
import type { TableChange } from './memory-table.ts';
import type { SimulatedStateMachine } from './state-machine.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface StreamFeedOptions {
  /** The template's own event source mapping. */
  readonly mapping: StreamMapping;
  readonly functions: Functions;
  readonly machine: SimulatedStateMachine;
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly ledger: Ledger;
}

export interface StreamFeed {
  push(change: TableChange): void;
  close(): Promise<void>;
}

/** The table's stream, through the template's event source mapping, to executions of the state machine; with its faults. */
export function feedStateMachine({ mapping, functions, machine, time, faults, ledger }: StreamFeedOptions): StreamFeed {
  let sequence = 0;

  async function startLoop(cohort: { cohort: string; generation: number }): Promise<boolean> {
    const name = `${cohort.cohort}-${cohort.generation}`;
    const isNew = machine.start(name, cohort);
    if (faults.strikes('execution started twice')) machine.start(`${name}-twice`, cohort);
    if (faults.strikes('function killed')) throw new Error('killed after the start');
    return isNew;
  }

  const poller: StreamPoller = startStreamPoller({
    mapping,
    now: time.nowMs,
    sleep: time.sleepUnless,
    invoke: async (_arn, event) => {
      const pending = (event as { Records: StreamRecord[] }).Records.map(pendingSessionOf);
      const invoked = await functions.invoke(({ clock }) => makeStartPolling({ startLoop, clock })(pending));
      return invoked.outcome === 'answered' ? invoked : { outcome: 'crashed' };
    },
    onFailedBatch: (batch, reason) =>
      ledger.violate('a batch of the stream was given up', `${batch.length}: ${reason}`),
  });

  function deliver(record: StreamRecord): void {
    poller.push(record);
    if (faults.strikes('stream record twice')) poller.push(record);
  }

  return {
    push(change) {
      const record = recordOf(change, sequence++, time.nowMs());
      if (record === undefined) return;
      const stop = faults.outages.find(
        ({ kind, fromMs, untilMs }) =>
          kind === 'stream stopped for 5 min' && fromMs <= time.nowMs() && time.nowMs() < untilMs,
      );
      if (stop === undefined) return time.at(time.nowMs() + 200, () => deliver(record));
      faults.count('stream stopped for 5 min');
      time.at(stop.untilMs, () => deliver(record));
    },
    close: () => poller.close(),
  };
}

/** As the function reads it; its mapping's filter has let only such records through. */
function pendingSessionOf({ dynamodb }: StreamRecord): PendingSession {
  const { sessionId, nextPollAtMs } = dynamodb.NewImage as Record<string, Record<string, string>>;
  return { sessionId: String(sessionId?.S), nextPollAtMs: Number(nextPollAtMs?.N) };
}

/** The record of a change, as far as filter and function read it; undefined for what is no session or does not change phase. */
function recordOf({ before, now }: TableChange, sequence: number, nowMs: number): StreamRecord | undefined {
  if (now === undefined || !now.pk.startsWith('SESSION#') || before?.phase === now.phase) return undefined;
  const image = (item: Readonly<Record<string, unknown>>) => ({
    phase: { S: item.phase },
    sessionId: { S: item.sessionId },
    nextPollAtMs: { N: String(item.nextPollAtMs) },
  });
  return {
    eventID: String(sequence),
    eventName: before === undefined ? 'INSERT' : 'MODIFY',
    eventSource: 'aws:dynamodb',
    eventVersion: '1.1',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/broker/stream/virtual',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(nowMs / 1000),
      Keys: { pk: { S: now.pk } },
      NewImage: image(now),
      ...(before && { OldImage: image(before) }),
      SequenceNumber: String(sequence),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}
