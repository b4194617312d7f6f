import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { logFault } from '../adapters/observer.ts';

/** The failures of the ops API, as RFC 9457 problem details. */

const TITLES = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Content too large',
  500: 'Internal error',
} as const;

/** A failure that an operator can do something about. */
export class Problem extends Error {
  readonly status: keyof typeof TITLES;
  /** A stable name for programs. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail one sentence for people: what is wrong and what to do next */
  constructor(status: keyof typeof TITLES, code: string, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.headers = headers;
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

function render(error: Error | null, requestId: string): APIGatewayProxyResult {
  const problem = error instanceof Problem ? error : undefined;
  if (problem === undefined) logFault('ops_request_failed', error, { requestId });
  const status = problem?.status ?? 500;
  const body = {
    type: `urn:fleet-token-broker:problem:${problem?.code ?? 'internal'}`,
    title: TITLES[status],
    status,
    detail:
      problem?.message ??
      'The broker could not do this now. Try again; if it stays, look at the logs with this requestId.',
    code: problem?.code ?? 'internal',
    requestId,
  };
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...problem?.headers };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}
