/** Where batches go that the stream gave up: a file here, the failure queue on AWS. */

import { appendFileSync } from 'node:fs';
import type { StreamRecord } from './aws/stream-table.ts';
import type { FailureReason } from './stream.ts';

/** Appends a batch to the file: which records, never their images. */
export function writeFailedBatch(
  path: string,
  atEpochMs: number,
  functionArn: string,
  batch: readonly StreamRecord[],
  reason: FailureReason,
): void {
  const line = {
    timestamp: new Date(atEpochMs).toISOString(),
    functionArn,
    condition: reason,
    records: batch.map(({ eventID, dynamodb }) => ({ eventID, keys: dynamodb.Keys })),
  };
  appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
