/**
 * The event source mapping: collects the records that pass the filters into batches and hands them to the function.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
 */

import type { StreamRecord } from './aws/stream-table.ts';
import { matchesPattern } from './event-filter.ts';
import type { Invocation } from './functions.ts';
import type { StreamMapping } from './template.ts';

/** A running mapping. */
export interface StreamPoller {
  /** Takes a record of the stream, in the stream's order. */
  push(record: StreamRecord): void;
  /** Stops; a batch under way is finished, records that wait are dropped (the next start reads the table again). */
  close(): Promise<void>;
}

export interface StreamPollerOptions {
  readonly mapping: StreamMapping;
  readonly invoke: (functionArn: string, event: unknown) => Promise<Invocation>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Waits, or returns at once when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told of a batch that is given up; on AWS it goes to the failure queue. */
  readonly onFailedBatch: (batch: readonly StreamRecord[], reason: FailureReason) => void;
}

/** Why a batch was given up; the words are those of the failure queue's messages. */
export type FailureReason = 'RetryAttemptsExhausted' | 'MaximumRecordAgeExceeded';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;

/** Starts a mapping. */
export function startStreamPoller(options: StreamPollerOptions): StreamPoller {
  const { mapping } = options;
  const waiting: StreamRecord[] = [];
  const stopped = new AbortController();
  let wake = Promise.withResolvers<void>();

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (waiting.length === 0) await wake.promise;
      await fillWindow(() => waiting.length >= mapping.batchSize);
      if (stopped.signal.aborted) return;
      await deliver(options, waiting.splice(0, mapping.batchSize), stopped.signal);
    }
  };

  /** Waits for the window to pass after the first record, or for the batch to be full. */
  const fillWindow = async (full: () => boolean): Promise<void> => {
    const windowEnd = new AbortController();
    const ended = options
      .sleep(mapping.windowSeconds * 1000, AbortSignal.any([stopped.signal, windowEnd.signal]))
      .then(() => windowEnd.abort());
    while (!full() && !windowEnd.signal.aborted) await Promise.race([ended, wake.promise]);
    windowEnd.abort();
    await ended;
  };

  const running = loop();
  return {
    push: (record) => {
      const passes = mapping.patterns.length === 0 || mapping.patterns.some((it) => matchesPattern(it, record));
      if (!passes || stopped.signal.aborted) return;
      waiting.push(record);
      wake.resolve();
      wake = Promise.withResolvers();
    },
    close: async () => {
      stopped.abort();
      wake.resolve();
      await running;
    },
  };
}

/**
 * Delivers a batch. When it fails it is halved (that costs no attempt), or where the function says which record failed, cut
 * there; what cannot be cut is retried.
 */
async function deliver(
  options: StreamPollerOptions,
  batch: readonly StreamRecord[],
  stopped: AbortSignal,
): Promise<void> {
  const { mapping } = options;
  for (let attempt = 0; !stopped.aborted; attempt += 1) {
    if (tooOld(mapping, batch, options.now())) return options.onFailedBatch(batch, 'MaximumRecordAgeExceeded');
    const failedAt = firstFailure(mapping, batch, await options.invoke(mapping.functionArn, { Records: batch }));
    if (failedAt === undefined) return;
    // What stands before the record that failed is done, and is not delivered again.
    if (failedAt > 0) return deliver(options, batch.slice(failedAt), stopped);
    if (mapping.bisect && batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      await deliver(options, batch.slice(0, half), stopped);
      return deliver(options, batch.slice(half), stopped);
    }
    if (attempt >= (mapping.retryAttempts ?? Number.POSITIVE_INFINITY)) {
      return options.onFailedBatch(batch, 'RetryAttemptsExhausted');
    }
    await options.sleep(Math.min(FIRST_BACKOFF_MS * 2 ** attempt, LONGEST_BACKOFF_MS), stopped);
  }
}

/**
 * The place of the first record that failed; undefined when none did. An answer that names a record of another batch counts
 * as the failure of all.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
function firstFailure(
  mapping: StreamMapping,
  batch: readonly StreamRecord[],
  invocation: Invocation,
): number | undefined {
  if (invocation.outcome !== 'answered') return 0;
  if (!mapping.reportsItemFailures) return undefined;
  const { batchItemFailures } = (invocation.answer ?? {}) as { batchItemFailures?: { itemIdentifier?: unknown }[] };
  if (batchItemFailures === undefined || batchItemFailures.length === 0) return undefined;
  const places = batchItemFailures.map(({ itemIdentifier }) =>
    batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
  );
  return Math.max(0, Math.min(...places));
}

function tooOld(mapping: StreamMapping, batch: readonly StreamRecord[], nowMs: number): boolean {
  if (mapping.maximumRecordAgeSeconds === undefined) return false;
  const oldest = Math.min(...batch.map(({ dynamodb }) => dynamodb.ApproximateCreationDateTime));
  return nowMs / 1000 - oldest > mapping.maximumRecordAgeSeconds;
}
