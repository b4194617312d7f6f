/** The devices that have registered, and who of them may ask at all. */

import { counted } from '../format.ts';
import { type PagedList, usePagedList } from '../paged-list.ts';
import { lockClients, REVOKE_CLIENT, UNLOCK_CLIENT, useActDialog } from '../parts/acts.tsx';
import { ClientTable } from '../parts/client-table.tsx';
import { Pager, PastTheEnd } from '../parts/pager.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { SelectionBar, useSelection } from '../parts/selection.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { adjust, href, useRoute } from '../route.ts';
import type { ClientView } from '../types.ts';

/** The screen. */
export function ClientsScreen() {
  const { params } = useRoute();
  const { cursor = '', q: query = '' } = params;
  const list = usePagedList<ClientView>({ list: 'clients', filters: {}, cursor, query, textsOf });
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>Clients</h1>
          <p class="lead">A client is a device's registration. Locking one stops that device and no other.</p>
        </div>
      </div>
      <div class="toolbar">
        <SearchField value={query} hint="Name, fleet, id, state …" onInput={(q) => adjust({ q, cursor: '' })} />
      </div>
      <Body list={list} isSearch={query !== ''} />
    </>
  );
}

const textsOf = ({ clientName, fleet, clientId, state, enrollmentKeyId }: ClientView) => [
  clientName,
  fleet,
  clientId,
  state,
  enrollmentKeyId,
];

function Body({ list, isSearch }: { list: PagedList<ClientView>; isSearch: boolean }) {
  const { resource, rows } = list;
  const lockable = rows.filter(({ state }) => state === 'active');
  const selection = useSelection(lockable.map(({ clientId }) => clientId));
  const { ask, dialog } = useActDialog();
  const itemOf = ({ clientId, clientName }: ClientView) => ({ id: clientId, label: clientName });
  const chosen = lockable.filter(({ clientId }) => selection.ids.has(clientId));
  return (
    <>
      <Loaded resource={resource} what="clients">
        {() => (
          <>
            {rows.length === 0 && list.isLater && <PastTheEnd />}
            {rows.length === 0 && !list.isLater && <NoClients isSearch={isSearch} />}
            {rows.length > 0 && (
              <ClientTable
                rows={rows}
                selectable={lockable.length}
                selection={selection}
                isBusy={resource.isLoading}
                onLock={(client) => ask(lockClients(1), [itemOf(client)])}
                onUnlock={(client) => ask(UNLOCK_CLIENT, [itemOf(client)])}
                onRevoke={(client) => ask(REVOKE_CLIENT, [itemOf(client)])}
              />
            )}
            {(rows.length > 0 || list.searched !== undefined || list.isLater) && <Pager list={list} noun="client" />}
          </>
        )}
      </Loaded>
      <SelectionBar selection={selection}>
        <button type="button" class="danger" onClick={() => ask(lockClients(chosen.length), chosen.map(itemOf))}>
          Lock {counted(chosen.length, 'client')}…
        </button>
      </SelectionBar>
      {dialog}
    </>
  );
}

function NoClients({ isSearch }: { isSearch: boolean }) {
  if (isSearch) {
    return (
      <Empty icon="search" title="No match so far">
        Shorten the search, or search further.
      </Empty>
    );
  }
  return (
    <Empty icon="key" title="No client yet">
      Devices register with an enrollment key. <a href={href(['enrollment-keys'])}>Make one</a> and give it to the
      device.
    </Empty>
  );
}
