import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { PHASES } from '../core/session.ts';
import { bodyOf } from './device-event.ts';
import { type InputError, Problem } from './problems.ts';

/** What operators may send: the schemas that validate it. */

const MAX_BODY_BYTES = 16_384;

const limit = z.pipe(
  z.string().check(z.regex(/^(?:[1-9]\d?|100)$/, 'must be a whole number from 1 to 100')),
  z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(100))),
);
const utcTime = z.iso.datetime('must be a time in UTC, such as 2026-11-21T07:00:00Z');

/** Query of a list. */
export const pageQuery = z.strictObject({ limit: z._default(limit, 25), cursor: z.optional(z.string()) });

/** Query of `GET /clients`. */
export const clientsQuery = z.strictObject({
  ...pageQuery.shape,
  endsWithinDays: z.optional(
    z.pipe(
      z.string().check(z.regex(/^(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-5])$/, 'must be a whole number from 1 to 365')),
      z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(365))),
    ),
  ),
});

/** Query of `GET /sessions`. */
export const sessionsQuery = z.strictObject({
  ...pageQuery.shape,
  phase: z.optional(z.enum(PHASES)),
  fleet: z.optional(z.string()),
  client: z.optional(z.string()),
  since: z.optional(utcTime),
});

/** Body of `POST /enrollment-keys`. */
export const newEnrollmentKey = z.strictObject({
  fleet: z.string(),
  lifetimeSeconds: z.optional(z.int().check(z.minimum(60), z.maximum(31_536_000))),
  maxUses: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  note: z.optional(z.string().check(z.maxLength(500))),
});

/** Body of `POST /clients/{clientId}/role`: one account and role for this client alone, or null for its fleet's. */
export const clientRole = z.strictObject({
  role: z.nullable(
    z.strictObject({
      accountId: z.string().check(z.regex(/^\d{12}$/, 'must be the 12 digits of an account')),
      roleName: z.string().check(z.regex(/^[\w+=,.@-]{1,64}$/, 'must be the name of a permission set')),
    }),
  ),
});

/** Body of acts that end something. */
export const reasonBody = z.strictObject({ reason: z.string().check(z.trim(), z.minLength(1), z.maxLength(500)) });

/** Where an input came in. */
export type InputPlace = 'query' | 'body';

/**
 * Validates an input.
 *
 * @throws Problem invalid_input naming every wrong member
 */
export function valid<Schema extends z.ZodMiniType>(
  schema: Schema,
  input: unknown,
  place: InputPlace,
): z.output<Schema> {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => inputErrorsOf(issue, place));
  const wrong = errors.map(({ pointer, parameter, detail }) => `${parameter ?? pointer?.slice(2)} ${detail}`.trim());
  throw new Problem('invalid_input', `Correct this and send it again: ${wrong.join('; ')}.`, { errors });
}

function inputErrorsOf(issue: z.core.$ZodIssue, place: InputPlace): InputError[] {
  const at = (path: readonly PropertyKey[], detail: string): InputError =>
    place === 'query'
      ? { parameter: printable(path.join('.')), detail }
      : { pointer: `#${path.map((part) => `/${printable(String(part))}`).join('')}`, detail };
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, describe(issue))];
  return issue.keys.map((key) => at([...issue.path, key], 'is not known here'));
}

const TYPE_NAMES: Readonly<Record<string, string>> = { string: 'a text', int: 'a whole number', object: 'an object' };

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case 'invalid_type':
      return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_format':
      return issue.message;
    default:
      return 'is not valid';
  }
}

/** The query parameters; one given twice is refused. */
export function queryOf(event: APIGatewayProxyEvent): Record<string, string> {
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    if ((values?.length ?? 0) < 2) continue;
    const parameter = printable(name);
    const errors = [{ parameter, detail: 'must be there once' }];
    throw new Problem('invalid_input', `Send the query parameter ${parameter} once.`, { errors });
  }
  return Object.fromEntries(
    Object.entries(event.queryStringParameters ?? {}).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
  );
}

const printable = (text: string): string => text.replace(/[^\w.-]/g, ' ').slice(0, 40);

/**
 * The JSON body.
 *
 * @throws Problem invalid_json or body_too_large
 */
export function jsonBodyOf(event: APIGatewayProxyEvent): unknown {
  const body = bodyOf(event, MAX_BODY_BYTES);
  if (body === undefined)
    throw new Problem(
      'body_too_large',
      `The body is larger than ${MAX_BODY_BYTES} bytes. Send only the members of this request.`,
    );
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new Problem('invalid_json', 'The body is not valid JSON. Send a JSON object.');
  }
}
