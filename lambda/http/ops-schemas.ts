import * as z from 'zod/mini';
import { PHASES } from '../core/session.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';

/**
 * What the ops API answers, for its description. The functions do not load this: their answers are checked against the
 * description by the tests. A member added to a view is added here, or the tests do not compile.
 */

/** The schemas that the description names; what refers to one of them refers to it by its id. */
export const answerSchemas = z.registry<{ id: string }>();

function says<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

function named<Schema extends z.ZodMiniType>(id: string, description: string, schema: Schema): Schema {
  answerSchemas.add(schema, { id });
  return says(schema, description);
}

const text = (description: string) => says(z.string(), description);
const count = (description: string) => says(z.int().check(z.minimum(0)), description);
const time = (description: string) => says(z.iso.datetime(), description);
const link = (description: string) => says(z.url(), description);
const optional = z.optional;
const nextCursor = optional(text('Where the next page starts; absent on the last page.'));

/** Where a session stands. */
export const phase = named(
  'Phase',
  'Where a session stands. awaiting_operator and pending wait for a person, authorized for the device; denied, expired, cancelled, superseded and failed are ends and never left.',
  z.enum(PHASES),
);

/** The upstream code under a deferred session. */
const activation = says(
  z.object({
    userCode: optional(text('The code that AWS shows.')),
    verificationUriComplete: optional(link('The AWS page where it is approved.')),
    expiresAt: time('When AWS forgets it; the session then waits for an operator again.'),
  }),
  'The AWS sign-in that an operator has opened, while it is under way. Deferred approval only.',
);

/** `sessionView`, as it is sent. */
export const session = named(
  'Session',
  'One device authorization.',
  z.object({
    sessionId: text('The id, which is no secret: it cannot be used as a device code.'),
    phase,
    fleet: text('The fleet whose policy holds.'),
    clientId: text('The device that asks.'),
    clientName: text('The name that the device registered under. The device chose it.'),
    sourceIp: text('Where the request came from.'),
    userCode: optional(text('What the device shows, while somebody may have to compare or type it.')),
    verificationUri: optional(link('Where a person approves.')),
    verificationUriComplete: optional(link('The same with the code in it.')),
    approval: says(z.enum(['immediate', 'deferred']), 'Whether AWS is asked at once, or when an operator comes.'),
    activations: optional(count('How often an operator has gone on to AWS. Deferred approval only.')),
    activatedAt: optional(time('When an operator last went on to AWS.')),
    activation: optional(activation),
    createdAt: time('When the device asked.'),
    expiresAt: time('When the session ends by itself; of an approved one, when its token ends.'),
    secondsLeft: count('Seconds until then.'),
    intervalSeconds: count('The least seconds between two polls of AWS, before it asked to slow down.'),
    slowDowns: count('How often AWS asked to slow down: each adds five seconds.'),
    polls: count('How often AWS was polled.'),
    nextPollAt: optional(time('The earliest time of the next poll.')),
    authorizedAt: optional(time('When it was approved.')),
    claimedAt: optional(time('When the device fetched its token.')),
    deliveries: optional(count('How often the token was delivered, repeats included.')),
    portalSessionEndsAt: optional(
      time("When the approver's access portal session ends, where its length is configured."),
    ),
    endedAt: optional(time('When it came to its end.')),
    endReason: optional(text('Why, for people.')),
    registrationExpiresAt: optional(time('When the registration at AWS ends; nothing can be refreshed after it.')),
  }),
);

export const sessionPage = named(
  'SessionPage',
  'Sessions, newest first.',
  z.object({ sessions: says(z.array(session), 'The sessions.'), nextCursor }),
);

const sessionCount = z.object({
  phase,
  fleet: text('The fleet.'),
  count: count('How many sessions.'),
  filter: says(z.object({ phase, fleet: z.string() }), 'The query of GET /sessions that lists exactly these.'),
});

/** `summaryView`, as it is sent. */
export const summary = named(
  'Summary',
  'How many sessions stand where.',
  z.object({
    counts: says(z.array(sessionCount), 'By phase and fleet; what is not there is none.'),
    oldestWaiting: says(
      z.nullable(
        z.object({
          sessionId: z.string(),
          fleet: z.string(),
          clientName: z.string(),
          createdAt: z.iso.datetime(),
          waitingSeconds: z.int().check(z.minimum(0)),
        }),
      ),
      'Who has waited longest for a person.',
    ),
    updatedAt: time('When this was counted.'),
    refreshAfterSeconds: count('When to ask again: the more sessions, the later.'),
  }),
);

/** `clientView`, as it is sent. */
export const client = named(
  'Client',
  "One device's registration.",
  z.object({
    clientId: text('The id.'),
    state: says(z.enum(['active', 'locked', 'revoked', 'expired']), 'Whether its requests are answered.'),
    clientName: text('The name that the device registered under. The device chose it.'),
    fleet: text('The fleet.'),
    enrollmentKeyId: text('The enrollment key that let it in.'),
    authentication: says(z.enum(['client_secret', 'private_key_jwt', 'iam', 'mtls']), 'How it proves who it is.'),
    identity: optional(
      text(
        'What it is known by: an IAM principal, a certificate name (`DNS:…`, `URI:…`), or the thumbprints of its keys (RFC 7638).',
      ),
    ),
    createdAt: time('When it registered.'),
    registrationExpiresAt: time('When it has to register again.'),
    liveSessionId: optional(text('Its latest session.')),
    signedInAt: optional(time('When a person last approved it.')),
    signInEndsAt: optional(time('When that sign-in ends, as far as it can be known.')),
    signInEndedAt: optional(time('When that sign-in was found to have ended.')),
    signInEndReason: optional(text('Why.')),
    accountId: optional(text('The account whose role credentials it fetches.')),
    roleName: optional(text('The permission set whose role credentials it fetches.')),
    lockedAt: optional(time('When it was locked.')),
    lockReason: optional(text('Why.')),
    revokedAt: optional(time('When it was revoked for good.')),
    revokeReason: optional(text('Why.')),
  }),
);

export const clientPage = named(
  'ClientPage',
  'Clients, newest first.',
  z.object({ clients: says(z.array(client), 'The clients.'), nextCursor }),
);

const enrollmentKeyMembers = {
  enrollmentKeyId: text('The id, which is no secret.'),
  state: says(z.enum(['active', 'revoked', 'expired', 'used_up']), 'Whether devices may still register with it.'),
  fleet: text('The fleet that its devices join.'),
  createdAt: time('When it was made.'),
  expiresAt: time('When it ends.'),
  uses: count('How many devices have registered with it.'),
  maxUses: optional(count('How many may; absent: any number.')),
  note: optional(text('What its maker wrote.')),
  revokedAt: optional(time('When it was revoked.')),
  revokeReason: optional(text('Why.')),
};

/** `enrollmentKeyView`, as it is sent. */
export const enrollmentKey = named(
  'EnrollmentKey',
  'What lets devices of one fleet register; without the key itself.',
  z.object(enrollmentKeyMembers),
);

export const createdEnrollmentKey = named(
  'CreatedEnrollmentKey',
  'A new enrollment key, and the only answer that ever holds it.',
  z.object({ ...enrollmentKeyMembers, enrollmentKey: text('The key itself: a secret.') }),
);

export const enrollmentKeyPage = named(
  'EnrollmentKeyPage',
  'Enrollment keys, newest first.',
  z.object({ enrollmentKeys: says(z.array(enrollmentKey), 'The enrollment keys.'), nextCursor }),
);

const inputError = z.object({
  pointer: optional(text('The member of the body, as a JSON pointer in a URI fragment.')),
  parameter: optional(text('The query parameter.')),
  detail: text('What it must be.'),
});

/** A `Problem`, as it is sent. */
export const problem = named(
  'Problem',
  'What is wrong and what to do next (RFC 9457).',
  z.object({
    type: says(z.url(), 'The kind of problem.'),
    title: text('The kind of problem, for people.'),
    status: says(z.int().check(z.minimum(400), z.maximum(599)), 'The HTTP status.'),
    detail: text('What is wrong this time, and what to do next.'),
    instance: says(z.url(), 'This occurrence.'),
    code: says(z.enum(Object.keys(PROBLEMS) as ProblemCode[]), 'The kind of problem, for programs.'),
    requestId: text('What the logs know this request by.'),
    errors: optional(says(z.array(inputError), 'Each wrong member of the input.')),
  }),
);

/** What API Gateway answers by itself; lib/gateway-responses.ts words it. */
export const gatewayError = named(
  'GatewayError',
  'What the gateway answers before the broker is asked: a missing signature, too many requests, a time-out.',
  z.object({
    error: says(z.enum(['access_denied', 'slow_down', 'invalid_request']), 'The kind of error.'),
    error_description: text('What is wrong and what to do next.'),
    message: text('The same.'),
  }),
);
