/** The broker's ops API as the console's server calls it: signed, and every failure told as a problem. */

import type { Answer } from './problem-answers.ts';
import { problemAnswer } from './problem-answers.ts';
import { type Credentials, makeRequestSigner } from './request-signer.ts';

/** Which broker, and as whom. */
export interface OpsApiOptions {
  /** Base address of the broker's API, stage included. */
  readonly api: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Says in a sentence why there are no credentials and how to get some. */
  readonly explainCredentials: (error: unknown) => string;
}

/** A call of the ops API. */
export interface OpsCall {
  readonly method: string;
  /** Below the base address, with a leading slash. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly ifNoneMatch?: string;
  readonly body?: string;
}

/** API Gateway gives up after 29 s; this is a little more. */
const CALL_TIMEOUT_MS = 35_000;

const PASSED_HEADERS = ['content-type', 'etag', 'date', 'retry-after', 'x-amzn-requestid'] as const;

/** Makes the caller; what it returns never rejects. */
export function makeOpsApi({ api, region, credentials, explainCredentials }: OpsApiOptions) {
  const sign = makeRequestSigner(region, credentials);

  return async function callOpsApi(call: OpsCall): Promise<Answer> {
    const url = addressOf(api, call);
    const plain = {
      accept: 'application/json',
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
      ...(call.ifNoneMatch !== undefined && { 'if-none-match': call.ifNoneMatch }),
    };
    const body = call.body === undefined ? {} : { body: call.body };
    let headers: Record<string, string>;
    try {
      headers = await sign({ method: call.method, url, headers: plain, ...body });
    } catch (error) {
      return problemAnswer(502, 'no_credentials', 'No AWS credentials', explainCredentials(error));
    }
    try {
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      return await passedOn(await fetch(url, { method: call.method, headers, ...body, redirect: 'manual', signal }));
    } catch (error) {
      return unreachable(url, error);
    }
  };
}

/** Queries are written the way Signature Version 4 reads them: a space is `%20`, never `+`. */
function addressOf(api: string, { path, query }: OpsCall): URL {
  const url = new URL(`${api.replace(/\/+$/, '')}${path}`);
  url.search = [...(query ?? [])].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return url;
}

async function passedOn(response: Response): Promise<Answer> {
  const body = await response.text();
  const type = response.headers.get('content-type') ?? '';
  if (response.status >= 300 && response.status !== 304 && !type.startsWith('application/problem+json')) {
    return gatewayProblem(response.status, sentenceIn(body));
  }
  const headers = PASSED_HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { status: response.status, headers: { 'cache-control': 'no-store', ...Object.fromEntries(headers) }, body };
}

/** API Gateway answers by itself when a call does not get as far as the broker. */
function gatewayProblem(status: number, said: string): Answer {
  if (/expired/i.test(said) && status === 403) {
    return problemAnswer(
      status,
      'credentials_expired',
      'Your AWS sign-in has ended',
      `Sign in again. AWS says: ${said}`,
    );
  }
  if (status === 403) {
    return problemAnswer(
      status,
      'not_allowed',
      'AWS refused the call',
      `Your AWS identity needs the permission execute-api:Invoke on this API, in the region it is in.${quoted(said)}`,
    );
  }
  if (status === 404 || (status >= 300 && status < 400)) {
    return problemAnswer(
      404,
      'no_broker',
      'No broker here',
      `This address is not the broker's API: use the stack's output, with the stage (such as /v1).${quoted(said)}`,
    );
  }
  return problemAnswer(
    status,
    'gateway_failed',
    'The broker did not answer',
    `API Gateway answered ${status}. Try again; if it stays, look at the broker's alarms and logs.${quoted(said)}`,
  );
}

const quoted = (said: string): string => (said === '' ? '' : ` AWS says: ${said}`);

function sentenceIn(body: string): string {
  try {
    const { message, Message } = JSON.parse(body) as { message?: unknown; Message?: unknown };
    return String(message ?? Message ?? '').slice(0, 300);
  } catch {
    return '';
  }
}

function unreachable(url: URL, error: unknown): Answer {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown };
  const why =
    typeof cause?.code === 'string' ? ` (${cause.code})` : name === 'TimeoutError' ? ' (no answer in time)' : '';
  return problemAnswer(
    502,
    'api_unreachable',
    'The broker cannot be reached',
    `Nothing answers at ${url.origin}${why}. Check the address, your network and whether the broker runs.`,
  );
}
