import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { logFault } from '../adapters/observer.ts';

/**
 * The failures of the ops API, as problem details (RFC 9457): one type for each thing that somebody can do about one. A type
 * has one status and one title wherever it occurs (§3.1.3); what is wrong this time stands in `detail`.
 */
export const PROBLEMS = {
  invalid_input: { status: 400, title: 'Some of the input is not valid' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this query' },
  unknown_fleet: { status: 400, title: 'There is no such fleet' },
  not_found: { status: 404, title: 'There is no such thing' },
  no_such_route: { status: 404, title: 'There is no such route' },
  method_not_allowed: { status: 405, title: 'The route does not take this method' },
  already_settled: { status: 409, title: 'The session has settled already' },
  body_too_large: { status: 413, title: 'The body is too large' },
  internal: { status: 500, title: 'The broker failed' },
} as const satisfies Record<string, { status: number; title: string }>;

/** A problem type's stable name, for programs. */
export type ProblemCode = keyof typeof PROBLEMS;

/** One wrong member of the input: where it is, and what it must be instead. */
export interface InputError {
  /** A member of the body, as a JSON pointer in a URI fragment (RFC 6901 §6). */
  readonly pointer?: string;
  /** A query parameter. */
  readonly parameter?: string;
  readonly detail: string;
}

interface ProblemExtras {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly InputError[];
}

/** A failure that an operator can do something about. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly InputError[] | undefined;

  /** @param detail for people: what is wrong and what to do next */
  constructor(code: ProblemCode, detail: string, { headers = {}, errors }: ProblemExtras = {}) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.headers = headers;
    this.errors = errors;
  }
}

/** Renders every failure of the ops API. */
export function problems() {
  return {
    onError(request: { event: APIGatewayProxyEvent; error: Error | null; response?: unknown }): void {
      request.response = render(request.error, request.event.requestContext?.requestId ?? '');
    },
  };
}

const INTERNAL = new Problem(
  'internal',
  'The broker could not do this now. Try again; if it stays, look at the logs with this requestId.',
  { headers: { 'Retry-After': '5' } },
);

function render(error: Error | null, requestId: string): APIGatewayProxyResult {
  if (!(error instanceof Problem)) logFault('ops_request_failed', error, { requestId });
  const { code, message, errors, headers } = error instanceof Problem ? error : INTERNAL;
  const { status, title } = PROBLEMS[code];
  const body = {
    type: `urn:fleet-token-broker:problem:${code}`,
    title,
    status,
    detail: message,
    instance: `urn:fleet-token-broker:request:${requestId}`,
    code,
    requestId,
    ...(errors && { errors }),
  };
  const always = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' };
  return { statusCode: status, headers: { ...always, ...headers }, body: JSON.stringify(body) };
}
