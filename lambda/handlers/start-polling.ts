import middy from '@middy/core';
import type { AttributeValue, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { environmentVariable } from '../adapters/environment.ts';
import { logger } from '../adapters/observer.ts';
import { makeStepFunctionsLoop } from '../adapters/step-functions-loop.ts';
import { systemClock as clock } from '../adapters/system.ts';
import { makeStartPolling, type PendingSession } from '../core/start-polling.ts';

/** Turns the table's stream into polling loops: a batch of sessions that became pending is one execution. */

const startPolling = makeStartPolling({
  startLoop: makeStepFunctionsLoop(environmentVariable('STATE_MACHINE_ARN')),
  clock,
});

/** The session that became pending in a record; the mapping's filter says the same, this does not rely on it. */
function pendingSessionOf({ dynamodb }: DynamoDBRecord): PendingSession[] {
  const { NewImage: now, OldImage: before } = dynamodb ?? {};
  const [sessionId, nextPollAtMs] = [text(now?.sessionId), Number(now?.nextPollAtMs?.N)];
  if (sessionId === undefined || text(now?.phase) !== 'pending' || text(before?.phase) === 'pending') return [];
  return [{ sessionId, nextPollAtMs: Number.isFinite(nextPollAtMs) ? nextPollAtMs : clock.nowMs() }];
}

const text = (value: AttributeValue | undefined): string | undefined => value?.S;

/** Entry point of the function `start-polling`: a batch of the table's stream. */
export const handler = middy<DynamoDBStreamEvent, void>().handler(async (event) => {
  const pending = event.Records.flatMap(pendingSessionOf);
  const cohort = await startPolling(pending);
  if (cohort !== undefined) logger.info('cohort_started', { cohort, sessions: pending.length });
});
