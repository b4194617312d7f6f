import * as z from 'zod/mini';
import { opened, plainer } from './published-schema.ts';
import { metadata, text, time } from './session-event-schemas.ts';

/** The event that a sign-in is about to end, as a schema: what subscribers may rely on. */

/** `detail` of `SignInEndsSoon`. */
export const signInEndsSoonDetail = z.object({
  metadata,
  data: z.object({
    clientId: text('The device.'),
    clientName: text('The name that the device registered under. The device chose it.'),
    fleet: text('The fleet whose policy holds.'),
    sessionId: text('The session that signed it in, as the ops API names it. It is no secret.'),
    signedInAt: time('When a person approved it.'),
    endsAt: time('When it ends, as far as it can be known.'),
    secondsLeft: z.int().check(z.minimum(0)),
  }),
});

/** `detail` of the event. */
export type SignInEndsSoonDetail = z.output<typeof signInEndsSoonDetail>;

/** The JSON Schema of the event's `detail`, by `detail-type`. */
export function signInEventSchemas(): Record<string, object> {
  return { SignInEndsSoon: opened(z.toJSONSchema(signInEndsSoonDetail, { override: plainer })) };
}
