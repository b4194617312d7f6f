import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { SessionChange, SessionFacts } from '../core/session-events.ts';

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
    ...present(['endReason'], text),
    ...present(['activations', 'activatedAtMs', 'authorizedAtMs', 'claimedAtMs', 'endedAtMs'], number),
  };
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`The record of a session has no ${name}.`);
  return value;
}
