/** A list that is looked at one page at a time, or searched. */

import { useState } from 'preact/hooks';
import { type Listing, matchesText, readMany, readOnePage } from './lists.ts';
import { type Resource, useResource } from './resource.ts';

const ROWS_A_PAGE = 50;

/** The ops API filters, it does not search: so many rows are read through before the operator is asked. */
const ROWS_A_SEARCH = 500;

export interface PagedListOptions<T> {
  /** Such as `sessions`. */
  readonly list: string;
  /** What the ops API filters by. */
  readonly filters: Readonly<Record<string, string | undefined>>;
  /** Where the page starts; empty: at the newest. */
  readonly cursor: string;
  /** Empty: no search. */
  readonly query: string;
  readonly textsOf: (row: T) => readonly (string | undefined)[];
}

export interface PagedList<T> {
  readonly resource: Resource<Listing<T>>;
  readonly rows: readonly T[];
  /** How many rows the search has read through; undefined when nothing is searched. */
  readonly searched: number | undefined;
  readonly searchFurther: () => void;
  /** Whether this is not the first page. */
  readonly isLater: boolean;
}

/** Reads the page that the address names, or searches from the newest on. */
export function usePagedList<T>({ list, filters, cursor, query, textsOf }: PagedListOptions<T>): PagedList<T> {
  const scope = JSON.stringify([list, filters]);
  const [further, setFurther] = useState({ scope, times: 1 });
  const times = further.scope === scope ? further.times : 1;
  const isSearch = query.trim() !== '';
  const resource = useResource(isSearch ? `${scope} search ${times}` : `${scope} ${cursor}`, () =>
    isSearch
      ? readMany<T>(list, filters, ROWS_A_SEARCH * times)
      : readOnePage<T>(list, { ...filters, limit: String(ROWS_A_PAGE), cursor }),
  );
  const read = resource.data?.rows ?? [];
  return {
    resource,
    rows: isSearch ? read.filter((row) => matchesText(query, textsOf(row))) : read,
    searched: isSearch ? read.length : undefined,
    isLater: !isSearch && cursor !== '',
    searchFurther: () => setFurther({ scope, times: times + 1 }),
  };
}
