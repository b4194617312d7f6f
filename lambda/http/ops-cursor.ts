import { sha256 } from '../core/hashing.ts';
import { Problem } from './problems.ts';

/**
 * Cursors: where a list goes on, for the list and the query that it was made for and no other. What is inside is nobody's business, so
 * that it may change; a cursor that was altered, or taken to another query, is refused.
 */

/** An item's place in the order of every list: `<createdAt ms>#<id>`. */
const POSITION = /^\d{13}#[\w-]{1,64}$/;

/** The lists that have cursors, as they are called in answers. */
export type ListName = 'sessions' | 'clients' | 'enrollmentKeys';

type Query = Readonly<Record<string, unknown>>;

/** The cursor of the page that starts after a position. */
export function cursorOf(list: ListName, query: Query, after: string): string {
  const binding = sha256(`${list} ${after} ${filtersOf(query)}`).slice(0, 16);
  return Buffer.from(`${after}.${binding}`).toString('base64url');
}

/**
 * The position in a query's cursor.
 *
 * @returns undefined for the first page
 * @throws Problem invalid_cursor when it is none of ours, or another query's
 */
export function positionIn(
  list: ListName,
  query: Query & { readonly cursor?: string | undefined },
): string | undefined {
  if (query.cursor === undefined) return undefined;
  const [after = ''] = Buffer.from(query.cursor, 'base64url').toString().split('.');
  if (POSITION.test(after) && cursorOf(list, query, after) === query.cursor) return after;
  throw new Problem(
    'invalid_cursor',
    'This cursor does not belong to this query. Send the same filters as for the page that it came with, or start again without cursor.',
  );
}

/** Everything that decides which items a list holds: pages of it may be of any size. */
function filtersOf({ cursor: _cursor, limit: _limit, ...filters }: Query): string {
  return JSON.stringify(
    Object.entries(filters)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
}
