/** Which calls of the page are passed on to the ops API: reading, and the acts that the console has buttons for. */

import type { OpsCall } from './ops-api.ts';
import type { Answer } from './problem-answers.ts';
import { problemAnswer } from './problem-answers.ts';

const ID = '[A-Za-z0-9_-]{1,128}';

const READS = new RegExp(`^/(summary|openapi\\.json|(sessions|clients|enrollment-keys)(/${ID})?)$`);
const ACTS = new RegExp(
  `^/(sessions/${ID}/cancel|clients/${ID}/(lock|unlock|revoke)|enrollment-keys|enrollment-keys/${ID}/revoke)$`,
);

/** A request for `/api/…`. */
export interface ProxyRequest {
  readonly method: string;
  /** Below `/api`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly ifNoneMatch: string | undefined;
  readonly readBody: () => Promise<string | undefined>;
}

/**
 * Passes a call on, or refuses it.
 *
 * @param callOpsApi what signs and calls
 */
export async function proxy(request: ProxyRequest, callOpsApi: (call: OpsCall) => Promise<Answer>): Promise<Answer> {
  const { method, path, query, ifNoneMatch, readBody } = request;
  if (!(method === 'POST' ? ACTS : READS).test(path)) {
    return problemAnswer(404, 'not_proxied', 'Not found', 'The console passes on only what its page needs.');
  }
  if (method !== 'POST') {
    return callOpsApi({ method: 'GET', path, query, ...(ifNoneMatch !== undefined && { ifNoneMatch }) });
  }
  const body = await readBody();
  if (body === undefined) {
    return problemAnswer(413, 'body_too_large', 'Content too large', 'Send only the members of this request.');
  }
  return callOpsApi({ method, path, body });
}
