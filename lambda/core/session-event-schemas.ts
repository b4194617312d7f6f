import * as z from 'zod/mini';
import { opened, plainer } from './published-schema.ts';
import { PHASES, type Phase } from './session.ts';
import { DETAIL_TYPES, EVENT_VERSION } from './session-events.ts';

/**
 * The events that tell of sessions, as schemas: what subscribers may rely on, and the types that the publisher is held to
 * (which loads none of this). Members are added under the same version; a change that breaks a reader makes a new one. No member has room for a code, a
 * token or a secret: an event goes wherever a rule sends it.
 */

function says<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

export const text = (description: string) => says(z.string().check(z.minLength(1)), description);
export const time = (description: string) => says(z.iso.datetime(), description);

export const metadata = z.object({
  id: text('The same however often the event is delivered: drop what you have seen.'),
  version: says(z.literal(EVENT_VERSION), 'The version of this schema.'),
  timestamp: time('When it happened.'),
});

const data = {
  sessionId: text('The session, as the ops API names it. It is no secret.'),
  clientId: text('The device.'),
  clientName: says(z.string(), 'The name that the device registered under. The device chose it.'),
  fleet: text('The fleet whose policy holds.'),
  previousPhase: says(z.optional(z.enum(PHASES)), 'Where the session stood before; absent when it is new.'),
  reason: z.optional(text('Why, for people.')),
  createdAt: time('When the device asked.'),
  expiresAt: time('When the session ends by itself; once it is approved, when its token ends.'),
  activations: says(
    z.optional(z.int().check(z.minimum(0))),
    'How often an operator has gone on to AWS. Deferred approval only.',
  ),
};

/** `detail` of the event of a session that came into the given phase. */
export const sessionEventDetail = <P extends Phase>(phase: P) =>
  z.object({
    metadata,
    data: z.object({ ...data, phase: says(z.literal(phase), 'Where the session stands now.') }),
  });

/** `detail` of an event. */
export type SessionEventDetail = z.output<ReturnType<typeof sessionEventDetail<Phase>>>;

/** The JSON Schema of each event's `detail`, by `detail-type`. */
export function sessionEventSchemas(): Record<string, object> {
  const schemas = PHASES.map((phase) => {
    const detailType = DETAIL_TYPES[phase];
    const { $schema, ...schema } = opened(z.toJSONSchema(sessionEventDetail(phase), { override: plainer }));
    const named = {
      $id: `urn:fleet-token-broker:event:${detailType}:${EVENT_VERSION}`,
      title: detailType,
      description: `The detail of an EventBridge event of the detail-type ${detailType}.`,
    };
    return [detailType, { $schema, ...named, ...schema }];
  });
  return Object.fromEntries(schemas);
}
