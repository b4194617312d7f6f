/**
 * Keeps other web pages out. The server signs with an operator's credentials for whoever reaches it, so it must be sure
 * that the asker is its own page: not a page elsewhere that posts to loopback (CSRF), not a name that resolves to
 * 127.0.0.1 (DNS rebinding), not another program's page on another port of this machine (same site, other origin).
 */

import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, problemAnswer } from './problem-answers.ts';

/** What is looked at. */
export interface GuardedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether it asks for a part of the page, not for data. */
  readonly isPage: boolean;
}

/**
 * Says why a request is refused.
 *
 * @param port the port that the server listens on
 * @returns undefined when the request may go on
 */
export function refusalOf({ method, headers, isPage }: GuardedRequest, port: number): Answer | undefined {
  const host = headers.host ?? '';
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return refused('foreign_host', `This console answers only as http://127.0.0.1:${port}/. Open that address.`);
  }
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
    return problemAnswer(
      405,
      'method_not_allowed',
      'Method not allowed',
      'Use GET, or POST for an act of an operator.',
    );
  }
  if (isFromElsewhere(headers, isPage)) {
    return refused('foreign_page', `Another page asked for this. Open http://${host}/ and do it there.`);
  }
  return method === 'POST' ? refusalOfPost(headers, host) : undefined;
}

/** Fetch metadata (W3C): browsers send it, pages cannot forge it. A link that leads to the page itself is no harm. */
function isFromElsewhere(headers: IncomingHttpHeaders, isPage: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return !(isPage && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document');
}

/** A form of another page can post, but neither with our origin nor with this content type. */
function refusalOfPost(headers: IncomingHttpHeaders, host: string): Answer | undefined {
  if (headers.origin !== `http://${host}`) {
    return refused(
      'foreign_page',
      `Acts are taken from the console's own page alone. Open http://${host}/ and do it there.`,
    );
  }
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return problemAnswer(
      415,
      'not_json',
      'Unsupported media type',
      'Send a JSON body with Content-Type application/json.',
    );
  }
  return undefined;
}

const refused = (code: string, detail: string): Answer => problemAnswer(403, code, 'Refused by the console', detail);
