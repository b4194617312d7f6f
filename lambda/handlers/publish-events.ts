import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { environmentVariable } from '../adapters/environment.ts';
import { makeEventBridge } from '../adapters/event-bridge.ts';
import { logFault, logger } from '../adapters/observer.ts';
import { sessionChangeOf } from '../adapters/stream-record.ts';
import { makePublishEvents } from '../core/publish-events.ts';

/** Turns the table's stream into events: each transition of a session is one on the broker's bus. */

const publishEvents = makePublishEvents({
  putEvents: makeEventBridge(environmentVariable('EVENT_BUS_NAME')),
  onFailure: (error) => logFault('events_not_published', error),
});

/** Entry point of the function `publish-events`: a batch of the table's stream. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async (event) => {
  const changes = event.Records.map((record) => ({
    sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
    read: () => sessionChangeOf(record),
  }));
  const { events, failedAt } = await publishEvents(changes);
  logger.info('events_published', { events });
  return { batchItemFailures: failedAt === undefined ? [] : [{ itemIdentifier: failedAt }] };
});
