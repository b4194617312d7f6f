/** Reading lists that come in pages. */

import { read } from './api.ts';

/** A part of a list, as far as it was read. */
export interface Listing<T> {
  readonly rows: readonly T[];
  /** Where it goes on; absent when that was all. */
  readonly nextCursor?: string;
}

type Params = Readonly<Record<string, string | undefined>>;

/** The largest page that the ops API gives. */
const LARGEST_PAGE = 100;

/** A rare filter can leave pages empty though more follow: so many are skipped before the operator is asked. */
const MAX_EMPTY_PAGES = 5;

/**
 * Reads one page of `/sessions`, `/clients` or `/enrollment-keys`.
 *
 * @param list also the name of the member of the answer, in camel case
 */
async function readPage<T>(list: string, params: Params): Promise<Listing<T>> {
  const present = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const answer = await read<Record<string, unknown>>(`/api/${list}?${new URLSearchParams(present)}`);
  const member = list.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const rows = (answer[member] ?? []) as readonly T[];
  return typeof answer.nextCursor === 'string' ? { rows, nextCursor: answer.nextCursor } : { rows };
}

/** Reads a page; empty ones with more behind them are skipped. */
export async function readOnePage<T>(list: string, params: Params): Promise<Listing<T>> {
  let page = await readPage<T>(list, params);
  for (
    let skipped = 0;
    page.rows.length === 0 && page.nextCursor !== undefined && skipped < MAX_EMPTY_PAGES;
    skipped += 1
  ) {
    page = await readPage<T>(list, { ...params, cursor: page.nextCursor });
  }
  return page;
}

/**
 * Reads a list from its start, page by page.
 *
 * @param maxRows stops once so many were read, at the end of that page
 */
export async function readMany<T>(list: string, params: Params, maxRows: number): Promise<Listing<T>> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Listing<T> = await readPage<T>(list, { ...params, limit: String(LARGEST_PAGE), cursor });
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== undefined && rows.length < maxRows);
  return cursor === undefined ? { rows } : { rows, nextCursor: cursor };
}

/** Does something for each, a few at a time, in order of the list. */
export async function forEachOfSeveral<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/**
 * Whether every word of the query is found in one of the texts. Dashes and case do not matter: people read user codes out
 * without them.
 */
export function matchesText(query: string, texts: readonly (string | undefined)[]): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/-/g, '');
  const fields = texts.flatMap((text) => (text === undefined ? [] : [plain(text)]));
  return query
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) => fields.some((field) => field.includes(plain(word))));
}
