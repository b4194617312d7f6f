import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { PHASES } from '../core/session.ts';
import { bodyOf } from './device-event.ts';
import { Problem } from './problems.ts';

/** What operators may send: the schemas that validate it. */

const MAX_BODY_BYTES = 16_384;

const limit = z.pipe(
  z.string().check(z.regex(/^\d{1,3}$/)),
  z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(100))),
);

/** Query of a list. */
export const pageQuery = z.strictObject({ limit: z._default(limit, 25), cursor: z.optional(z.string()) });

/** Query of `GET /sessions`. */
export const sessionsQuery = z.strictObject({
  ...pageQuery.shape,
  phase: z.optional(z.enum(PHASES)),
  fleet: z.optional(z.string()),
  client: z.optional(z.string()),
  since: z.optional(z.iso.datetime()),
});

/** Body of `POST /enrollment-keys`. */
export const newEnrollmentKey = z.strictObject({
  fleet: z.string(),
  lifetimeSeconds: z.optional(z.int().check(z.minimum(60), z.maximum(31_536_000))),
  maxUses: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  note: z.optional(z.string().check(z.maxLength(500))),
});

/** Body of acts that end something. */
export const reasonBody = z.strictObject({ reason: z.string().check(z.trim(), z.minLength(1), z.maxLength(500)) });

/**
 * Validates an input.
 *
 * @throws Problem 400 naming every wrong member
 */
export function valid<Schema extends z.ZodMiniType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'the input'}: ${describe(issue)}`)
    .join('; ');
  throw new Problem(400, 'invalid_input', `Correct this and send it again: ${wrong}.`);
}

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.join(', ')} is not known here`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_type':
      return `must be of type ${issue.expected}`;
    case 'invalid_format':
      return `has not the form that is expected (${issue.format})`;
    default:
      return 'is not valid';
  }
}

/** The query parameters; one given twice is refused. */
export function queryOf(event: APIGatewayProxyEvent): Record<string, string> {
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    if ((values?.length ?? 0) > 1)
      throw new Problem(400, 'invalid_input', `Send the query parameter ${printable(name)} once.`);
  }
  return Object.fromEntries(
    Object.entries(event.queryStringParameters ?? {}).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
  );
}

const printable = (text: string): string => text.replace(/[^\w.-]/g, ' ').slice(0, 40);

/**
 * The JSON body.
 *
 * @throws Problem 400 or 413
 */
export function jsonBodyOf(event: APIGatewayProxyEvent): unknown {
  const body = bodyOf(event, MAX_BODY_BYTES);
  if (body === undefined)
    throw new Problem(
      413,
      'body_too_large',
      `The body is larger than ${MAX_BODY_BYTES} bytes. Send only the members of this request.`,
    );
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new Problem(400, 'invalid_json', 'The body is not valid JSON. Send a JSON object.');
  }
}

/** An opaque cursor: a position, bound to the query that it belongs to. */
export function cursorOf(after: string, query: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify([after, bindingOf(query)])).toString('base64url');
}

/**
 * The position in a cursor.
 *
 * @throws Problem 400 when it is no cursor, or another query's
 */
export function positionIn(cursor: string | undefined, query: Readonly<Record<string, unknown>>): string | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [after, binding] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof after === 'string' && /^\d{13}#[\w-]{1,64}$/.test(after) && binding === bindingOf(query)) return after;
  } catch {
    // Not a cursor of ours: refused below.
  }
  throw new Problem(400, 'invalid_cursor', 'This cursor does not belong to this query. Start again without cursor.');
}

function bindingOf({ cursor: _cursor, limit: _limit, ...filters }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    Object.entries(filters)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
}
