import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { environmentVariable } from '../adapters/environment.ts';
import { makeEventBridge } from '../adapters/event-bridge.ts';
import { logFault, observe, publishMetrics } from '../adapters/observer.ts';
import { batchAgeMs, sessionChangeOf } from '../adapters/stream-record.ts';
import { systemClock as clock } from '../adapters/system.ts';
import { makePublishEvents } from '../core/publish-events.ts';

/** Turns the table's stream into events: each transition of a session is one on the broker's bus. */

const publishEvents = makePublishEvents({
  putEvents: makeEventBridge(environmentVariable('EVENT_BUS_NAME')),
  observe,
  onFailure: (error) => logFault('events_not_published', error),
});

/** Entry point of the function `publish-events`: a batch of the table's stream. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(publishMetrics())
  .handler(async (event) => {
    observe({ event: 'stream_read', ageMs: batchAgeMs(event, clock.nowMs()) });
    const changes = event.Records.map((record) => ({
      sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
      read: () => sessionChangeOf(record),
    }));
    const { failedAt } = await publishEvents(changes);
    return { batchItemFailures: failedAt === undefined ? [] : [{ itemIdentifier: failedAt }] };
  });
