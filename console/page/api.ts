/** Calls of the console's server: conditional reads, acts, and every failure as one kind of error. */

import { noteServerDate } from './clock.ts';

/** Why a call failed, in words for the operator. */
export class ApiProblem extends Error {
  /** HTTP status; 0 when nothing answered. */
  readonly status: number;
  readonly code: string;
  readonly title: string;

  constructor(status: number, code: string, title: string, detail: string) {
    super(detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = code;
    this.title = title;
  }
}

const MAX_REMEMBERED = 80;
const remembered = new Map<string, { etag: string; content: unknown }>();

/**
 * Reads with `If-None-Match`: an answer that has not changed is the same object as before, so that nothing is drawn again.
 *
 * @throws ApiProblem
 */
export async function read<T>(path: string): Promise<T> {
  const known = remembered.get(path);
  const response = await call(path, { headers: known === undefined ? {} : { 'If-None-Match': known.etag } });
  if (response.status === 304 && known !== undefined) return known.content as T;
  const content: unknown = await response.json();
  const etag = response.headers.get('etag');
  remembered.delete(path);
  if (etag !== null) remembered.set(path, { etag, content });
  const [oldest] = remembered.keys();
  if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return content as T;
}

/**
 * Does something at the broker.
 *
 * @throws ApiProblem
 */
export async function act<T>(path: string, body: object = {}): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await call(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as T;
}

async function call(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...init, cache: 'no-store', signal: AbortSignal.timeout(40_000) }).catch(() => {
    throw nothingAnswered();
  });
  if (!response.ok && response.status !== 304) throw await problemIn(response);
  // What the console's own server answers by itself has the time of this machine.
  if (path.startsWith('/api/')) noteServerDate(response.headers.get('date'));
  return response;
}

function nothingAnswered(): ApiProblem {
  return navigator.onLine
    ? new ApiProblem(
        0,
        'console_gone',
        'The console has stopped',
        'Start it again in its terminal; this page goes on by itself.',
      )
    : new ApiProblem(0, 'offline', 'You are offline', 'The page goes on by itself when the network is back.');
}

async function problemIn(response: Response): Promise<ApiProblem> {
  const { code, title, detail } = (await response.json().catch(() => ({}))) as Record<string, string | undefined>;
  return new ApiProblem(
    response.status,
    code ?? 'unknown',
    title ?? 'The broker did not answer',
    detail ?? `It answered with status ${response.status}. Try again.`,
  );
}
