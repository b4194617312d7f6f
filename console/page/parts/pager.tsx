/** The foot of a list: where it goes on. */

import { count, counted } from '../format.ts';
import type { PagedList } from '../paged-list.ts';
import { href, useRoute } from '../route.ts';
import { Icon } from './icons.tsx';
import { Empty } from './states.tsx';

/** Cursors lead onward only; what led here is remembered while the page is open. */
const cameFrom = new Map<string, string>();

/** @param noun what the list is of, such as `session` */
export function Pager<T>({ list, noun }: { list: PagedList<T>; noun: string }) {
  const { path, params } = useRoute();
  const { cursor = '' } = params;
  const next = list.resource.data?.nextCursor;
  if (list.searched !== undefined) return <SearchFoot list={list} noun={noun} hasMore={next !== undefined} />;
  if (cursor === '' && next === undefined) {
    return <p class="pager quiet">{counted(list.rows.length, noun)}, no more.</p>;
  }
  const previous = cameFrom.get(cursor);
  return (
    <nav class="pager" aria-label="Pages">
      {cursor !== '' && (
        <a class="button" href={href(path, { ...params, cursor: '' })}>
          Newest
        </a>
      )}
      {previous !== undefined && previous !== '' && (
        <a class="button" href={href(path, { ...params, cursor: previous })}>
          <Icon name="left" />
          Newer
        </a>
      )}
      <span class="quiet">{counted(list.rows.length, noun)} on this page</span>
      {next !== undefined && (
        <a class="button" href={href(path, { ...params, cursor: next })} onClick={() => cameFrom.set(next, cursor)}>
          Older
          <Icon name="right" />
        </a>
      )}
    </nav>
  );
}

/** A page behind the last row: the ops API knows that there is none only after it has looked. */
export function PastTheEnd() {
  return (
    <Empty icon="check" title="That was the last page">
      Nothing comes after it.
    </Empty>
  );
}

function SearchFoot<T>({ list, noun, hasMore }: { list: PagedList<T>; noun: string; hasMore: boolean }) {
  const { searched = 0, rows } = list;
  return (
    <p class="pager">
      <span class="quiet" role="status">
        {count(rows.length)} found among {hasMore ? 'the newest ' : ''}
        {counted(searched, noun)}.
      </span>
      {hasMore && (
        <button type="button" onClick={list.searchFurther} disabled={list.resource.isLoading}>
          {list.resource.isLoading ? 'Searching …' : 'Search further'}
        </button>
      )}
    </p>
  );
}
