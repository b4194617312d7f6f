import type { AttributeValue, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { SessionChange, SessionFacts } from '../core/session-events.ts';
import type { PendingSession } from '../core/start-polling.ts';

/** Records of the table's stream, as far as the core may know them. */

type Image = { readonly [attribute: string]: AttributeValue } | undefined;

/**
 * The change of a session in a record. Attributes are picked by name: codes, tokens and keys in the images stay where they
 * are.
 *
 * @returns undefined when the item is no session
 */
export function sessionChangeOf({ eventID, dynamodb }: DynamoDBRecord): SessionChange | undefined {
  const [before, now] = [factsOf(dynamodb?.OldImage), factsOf(dynamodb?.NewImage)];
  if (before === undefined && now === undefined) return undefined;
  return {
    changeId: required(eventID, 'eventID'),
    changedAtMs: required(dynamodb?.ApproximateCreationDateTime, 'ApproximateCreationDateTime') * 1000,
    ...(before && { before }),
    ...(now && { now }),
  };
}

/**
 * The session that became pending in a record; the mapping's filter says the same, this does not rely on it.
 *
 * @param nowMs the time of its first poll, should the record not say
 */
export function pendingSessionOf({ dynamodb }: DynamoDBRecord, nowMs: number): PendingSession | undefined {
  const { NewImage: now, OldImage: before } = dynamodb ?? {};
  const [sessionId, correlationId] = [now?.sessionId?.S, now?.correlationId?.S];
  if (sessionId === undefined || now?.phase?.S !== 'pending' || before?.phase?.S === 'pending') return undefined;
  const nextPollAtMs = Number(now.nextPollAtMs?.N ?? nowMs);
  return { sessionId, nextPollAtMs, ...(correlationId !== undefined && { correlationId }) };
}

/** Age of a batch: of its oldest record, which is its first. The stream tells times in whole seconds, rounded down. */
export function batchAgeMs({ Records: [oldest] }: DynamoDBStreamEvent, nowMs: number): number {
  return Math.max(0, nowMs - (oldest?.dynamodb?.ApproximateCreationDateTime ?? nowMs / 1000) * 1000);
}

function factsOf(image: Image): SessionFacts | undefined {
  if (image?.pk?.S?.startsWith('SESSION#') !== true) return undefined;
  const text = (name: keyof SessionFacts): string => required(image[name]?.S, name);
  const number = (name: keyof SessionFacts): number => Number(required(image[name]?.N, name));
  const present = <T>(names: readonly (keyof SessionFacts)[], read: (name: keyof SessionFacts) => T) =>
    Object.fromEntries(names.filter((name) => image[name] !== undefined).map((name) => [name, read(name)]));
  return {
    sessionId: text('sessionId'),
    clientId: text('clientId'),
    clientName: text('clientName'),
    fleet: text('fleet'),
    phase: text('phase') as SessionFacts['phase'],
    createdAtMs: number('createdAtMs'),
    expiresAt: number('expiresAt'),
    ...present(['correlationId', 'endReason'], text),
    ...present(['activations', 'activatedAtMs', 'authorizedAtMs', 'claimedAtMs', 'endedAtMs'], number),
  };
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`The record of a session has no ${name}.`);
  return value;
}
