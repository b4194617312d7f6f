import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { PutEvents } from '../core/publish-events.ts';
import { logger } from './observer.ts';

/** Puts events on the broker's bus. */
export function makeEventBridge(eventBusName: string, client = new EventBridgeClient({})): PutEvents {
  return async function putEvents(events) {
    const entries = events.map(({ source, detailType, occurredAtMs, detail }) => ({
      EventBusName: eventBusName,
      Source: source,
      DetailType: detailType,
      Time: new Date(occurredAtMs),
      Detail: JSON.stringify(detail),
    }));
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
    // The call succeeds although entries of it may fail (API reference, PutEvents).
    const rejected = Entries.flatMap(({ ErrorCode }, place) => (ErrorCode === undefined ? [] : [{ ErrorCode, place }]));
    for (const { ErrorCode } of rejected) logger.warn('event_rejected', { error: ErrorCode });
    return rejected.map(({ place }) => place);
  };
}
