import middy from '@middy/core';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { environmentVariable } from '../adapters/environment.ts';
import { logger, observe, publishMetrics } from '../adapters/observer.ts';
import { makeStepFunctionsLoop } from '../adapters/step-functions-loop.ts';
import { batchAgeMs, pendingSessionOf } from '../adapters/stream-record.ts';
import { systemClock as clock } from '../adapters/system.ts';
import { makeStartPolling } from '../core/start-polling.ts';

/** Turns the table's stream into polling loops: a batch of sessions that became pending is one execution. */

const startPolling = makeStartPolling({
  startLoop: makeStepFunctionsLoop(environmentVariable('STATE_MACHINE_ARN')),
  clock,
});

/** Entry point of the function `start-polling`: a batch of the table's stream. */
export const handler = middy<DynamoDBStreamEvent, void>()
  .use(publishMetrics())
  .handler(async (event) => {
    observe({ event: 'stream_read', ageMs: batchAgeMs(event, clock.nowMs()) });
    const pending = event.Records.flatMap((record) => pendingSessionOf(record, clock.nowMs()) ?? []);
    const cohort = await startPolling(pending);
    if (cohort === undefined) return;
    // One line for all: from here on a session is found by its id, and its execution by the cohort's name.
    const sessions = pending.map(({ sessionId, correlationId }) => ({ sessionId, correlationId }));
    logger.info('cohort_started', { cohort, sessions });
  });
