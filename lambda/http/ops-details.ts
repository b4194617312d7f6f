import * as z from 'zod/mini';
import { clientRole, clientsQuery, newEnrollmentKey, pageQuery, reasonBody, sessionsQuery } from './ops-input.ts';
import type { OperationId } from './ops-operations.ts';
import * as answers from './ops-schemas.ts';
import type { ProblemCode } from './problems.ts';

/** What the operations of the ops API mean, for its description. The functions do not load this. */

/** What one operation takes and answers. */
export interface OperationDetails {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodMiniObject;
  readonly body?: { readonly id: string; readonly schema: z.ZodMiniType };
  readonly answer: z.ZodMiniType;
  readonly answerText: string;
  readonly status?: 201;
  readonly problems?: readonly ProblemCode[];
}

/** What the operations are about. */
export const TAGS = {
  Sessions: 'Device authorizations: what waits, what lives, what ended.',
  Clients: 'Devices that have registered.',
  'Enrollment keys': 'What lets devices register.',
  Description: 'This document.',
} as const;

const reason = { id: 'Reason', schema: reasonBody };
const acts: readonly ProblemCode[] = ['invalid_input', 'invalid_json', 'body_too_large', 'not_found'];
const lists: readonly ProblemCode[] = ['invalid_input', 'invalid_cursor'];

/** Every operation. */
export const DETAILS: Readonly<Record<OperationId, OperationDetails>> = {
  listSessions: {
    tag: 'Sessions',
    summary: 'List sessions',
    description:
      'Newest first. A page may hold fewer sessions than its limit: only one without nextCursor is the last.',
    query: sessionsQuery,
    answer: answers.sessionPage,
    answerText: 'A page of sessions.',
    problems: lists,
  },
  getSession: {
    tag: 'Sessions',
    summary: 'Read a session',
    answer: answers.session,
    answerText: 'The session as it is now.',
    problems: ['not_found'],
  },
  cancelSession: {
    tag: 'Sessions',
    summary: 'Cancel a session',
    description: 'The device is told that it was refused. Cancelling a cancelled session changes nothing.',
    body: reason,
    answer: answers.session,
    answerText: 'The session as it is now.',
    problems: [...acts, 'already_settled'],
  },
  getSummary: {
    tag: 'Sessions',
    summary: 'Count sessions by phase and fleet',
    answer: answers.summary,
    answerText: 'The counts.',
  },
  listClients: {
    tag: 'Clients',
    summary: 'List clients',
    description:
      'Newest first. With endsWithinDays only those whose sign-in ends that soon; a page may then hold fewer than its limit, and only one without nextCursor is the last.',
    query: clientsQuery,
    answer: answers.clientPage,
    answerText: 'A page of clients.',
    problems: lists,
  },
  getClient: {
    tag: 'Clients',
    summary: 'Read a client',
    answer: answers.client,
    answerText: 'The client as it is now.',
    problems: ['not_found'],
  },
  lockClient: {
    tag: 'Clients',
    summary: 'Lock a client',
    description: 'Its requests are refused until it is unlocked, and its live session is cancelled.',
    body: reason,
    answer: answers.client,
    answerText: 'The client as it is now.',
    problems: acts,
  },
  unlockClient: {
    tag: 'Clients',
    summary: 'Unlock a client',
    answer: answers.client,
    answerText: 'The client as it is now.',
    problems: ['not_found'],
  },
  setClientRole: {
    tag: 'Clients',
    summary: 'Give a client a role of its own',
    description:
      'In a fleet that releases credentials: this account and role instead of those of the fleet, from the next request on. With role: null the fleet decides again.',
    body: { id: 'ClientRole', schema: clientRole },
    answer: answers.client,
    answerText: 'The client as it is now.',
    problems: acts,
  },
  revokeClient: {
    tag: 'Clients',
    summary: 'Revoke a client for good',
    description: 'Its live session is cancelled, and it has to register again with an enrollment key.',
    body: reason,
    answer: answers.client,
    answerText: 'The client as it is now.',
    problems: acts,
  },
  listEnrollmentKeys: {
    tag: 'Enrollment keys',
    summary: 'List enrollment keys',
    query: pageQuery,
    answer: answers.enrollmentKeyPage,
    answerText: 'A page of enrollment keys.',
    problems: lists,
  },
  createEnrollmentKey: {
    tag: 'Enrollment keys',
    summary: 'Make an enrollment key',
    description: 'The answer holds the key, which is told once and kept nowhere.',
    body: { id: 'NewEnrollmentKey', schema: newEnrollmentKey },
    answer: answers.createdEnrollmentKey,
    answerText: 'The new enrollment key.',
    status: 201,
    problems: ['invalid_input', 'invalid_json', 'body_too_large', 'unknown_fleet'],
  },
  getEnrollmentKey: {
    tag: 'Enrollment keys',
    summary: 'Read an enrollment key',
    answer: answers.enrollmentKey,
    answerText: 'The enrollment key as it is now.',
    problems: ['not_found'],
  },
  revokeEnrollmentKey: {
    tag: 'Enrollment keys',
    summary: 'Revoke an enrollment key',
    description: 'Devices that have registered with it stay registered.',
    body: reason,
    answer: answers.enrollmentKey,
    answerText: 'The enrollment key as it is now.',
    problems: acts,
  },
  getDescription: {
    tag: 'Description',
    summary: 'Read this document',
    answer: z.looseObject({ openapi: z.string() }),
    answerText: 'This document.',
  },
};

/** What inputs mean, by their names. */
export const INPUT_TEXTS: Readonly<Record<string, string>> = {
  sessionId: 'The session.',
  clientId: 'The client.',
  enrollmentKeyId: 'The enrollment key.',
  limit: 'How many there may be on a page.',
  cursor: "The previous page's `nextCursor`, with the same filters.",
  phase: 'Only sessions that stand in this phase now.',
  fleet: 'Only those of this fleet; for a new enrollment key, the fleet that its devices join.',
  client: 'Only those of this client (its `clientId`).',
  since: 'Only those that began at this time or later.',
  endsWithinDays: 'Only those whose sign-in ends within so many days.',
  role: 'The account and the permission set; null: those of the fleet.',
  reason: 'Why; kept with what it ends.',
  lifetimeSeconds: 'How long devices may register with it; 30 days when it is left out.',
  maxUses: 'How many devices may register with it; any number when it is left out.',
  note: 'What it is for.',
};
