import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { NO_STORE } from './answers.ts';
import { headerOf } from './device-event.ts';

/**
 * Weak entity tags (RFC 9110 §8.8): who asks again with `If-None-Match` gets a 304 while nothing has happened. Answers stay
 * `no-store` all the same: they hold user codes, so whoever asks keeps the last one in memory, and no cache keeps it on disk.
 */

/** Members that say what the clock says: they change while nothing happens. */
const CLOCKWORK = ['secondsLeft', 'waitingSeconds', 'updatedAt'];

/** Members that every poll of AWS changes; in a list they would make each page of waiting sessions new every second. */
const POLLING = ['polls', 'nextPollAt'];

/** Tags every successful GET, and answers 304 to a caller who has the same already. */
export function entityTags() {
  return {
    after(request: { event: APIGatewayProxyEvent; response: APIGatewayProxyResult | null }): void {
      const { event, response } = request;
      if (response === null || event.httpMethod !== 'GET' || response.statusCode !== 200) return;
      const etag = etagOf(response.body);
      const known = headerOf(event, 'if-none-match');
      request.response =
        known !== undefined && hasTag(known, etag)
          ? { statusCode: 304, headers: { ...NO_STORE, ETag: etag }, body: '' }
          : { ...response, headers: { ...response.headers, ETag: etag } };
    },
  };
}

/** The tag of a JSON body: equal for bodies that tell an operator the same. */
function etagOf(body: string): string {
  const answer = JSON.parse(body) as Record<string, unknown>;
  const ignored = new Set(Array.isArray(answer.sessions) ? [...CLOCKWORK, ...POLLING] : CLOCKWORK);
  const told = JSON.stringify(answer, (name, value) => (ignored.has(name) ? undefined : value));
  return `W/"${createHash('sha256').update(told).digest('base64url').slice(0, 22)}"`;
}

/** Weak comparison (RFC 9110 §8.8.3.2) with a list of tags, or `*`. */
function hasTag(ifNoneMatch: string, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
