/** The keys that let devices register: made here, told once, revoked here. */

import { useState } from 'preact/hooks';
import { type PagedList, usePagedList } from '../paged-list.ts';
import { REVOKE_KEY, useActDialog } from '../parts/acts.tsx';
import { Icon } from '../parts/icons.tsx';
import { KeyTable } from '../parts/key-table.tsx';
import { NewKeyDialog } from '../parts/new-key-dialog.tsx';
import { Pager, PastTheEnd } from '../parts/pager.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { adjust, useRoute } from '../route.ts';
import type { ConsoleConfig, EnrollmentKeyView } from '../types.ts';

/** The screen. */
export function EnrollmentKeysScreen({ config }: { config: ConsoleConfig }) {
  const { params } = useRoute();
  const { cursor = '', q: query = '' } = params;
  const list = usePagedList<EnrollmentKeyView>({ list: 'enrollment-keys', filters: {}, cursor, query, textsOf });
  const [isMaking, setMaking] = useState(false);
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>Enrollment keys</h1>
          <p class="lead">
            Whoever has one can register devices of its fleet. Give each a purpose, an end and a limit.
          </p>
        </div>
        <div class="acts">
          <button type="button" class="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New key
          </button>
        </div>
      </div>
      <div class="toolbar">
        <SearchField value={query} hint="Note, fleet, id, state …" onInput={(q) => adjust({ q, cursor: '' })} />
      </div>
      <Body list={list} isSearch={query !== ''} />
      {isMaking && (
        <NewKeyDialog api={config.api} keys={list.resource.data?.rows ?? []} onClose={() => setMaking(false)} />
      )}
    </>
  );
}

const textsOf = ({ note, fleet, enrollmentKeyId, state }: EnrollmentKeyView) => [note, fleet, enrollmentKeyId, state];

function Body({ list, isSearch }: { list: PagedList<EnrollmentKeyView>; isSearch: boolean }) {
  const { resource, rows } = list;
  const { ask, dialog } = useActDialog();
  return (
    <>
      <Loaded resource={resource} what="enrollment keys">
        {() => (
          <>
            {rows.length === 0 && list.isLater && <PastTheEnd />}
            {rows.length === 0 && !list.isLater && <NoKeys isSearch={isSearch} />}
            {rows.length > 0 && (
              <KeyTable
                rows={rows}
                isBusy={resource.isLoading}
                onRevoke={({ enrollmentKeyId, note, fleet }) =>
                  ask(REVOKE_KEY, [{ id: enrollmentKeyId, label: note ?? `The key of ${fleet}` }])
                }
              />
            )}
            {(rows.length > 0 || list.searched !== undefined || list.isLater) && <Pager list={list} noun="key" />}
          </>
        )}
      </Loaded>
      {dialog}
    </>
  );
}

function NoKeys({ isSearch }: { isSearch: boolean }) {
  if (isSearch) {
    return (
      <Empty icon="search" title="No match so far">
        Shorten the search, or search further.
      </Empty>
    );
  }
  return (
    <Empty icon="key" title="No enrollment key yet">
      Without one no device can register. Make one for a fleet and give it to whoever installs the devices.
    </Empty>
  );
}
