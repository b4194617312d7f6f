/** All sessions: filtered, searched, page by page. Everything that is chosen is in the address. */

import { counted, shortId, shortTime } from '../format.ts';
import { summary } from '../live.ts';
import { type PagedList, usePagedList } from '../paged-list.ts';
import { cancelSessions, lockClients, useActDialog } from '../parts/acts.tsx';
import { countIn, FleetFilter } from '../parts/filters.tsx';
import { Icon } from '../parts/icons.tsx';
import { Pager, PastTheEnd } from '../parts/pager.tsx';
import { PhaseChips } from '../parts/phase-chips.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { SelectionBar, useSelection } from '../parts/selection.tsx';
import { SessionTable } from '../parts/session-table.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { adjust, go, href, useRoute } from '../route.ts';
import { useStore } from '../store.ts';
import type { SessionView } from '../types.ts';
import { searchTexts } from '../waiting-list.ts';
import { ALL_PHASES, isCancellable, isPhase } from '../words.ts';

/** The screen. */
export function SessionsScreen() {
  const { params } = useRoute();
  const { fleet = '', client = '', since = '', cursor = '', q: query = '' } = params;
  const phase = isPhase(params.phase) ? params.phase : undefined;
  const filters = { phase, fleet, client, since };
  const list = usePagedList<SessionView>({ list: 'sessions', filters, cursor, query, textsOf: searchTexts });
  const now = useStore(summary);
  const total = countIn(now, phase === undefined ? ALL_PHASES : [phase], fleet);
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>Sessions</h1>
          <p class="lead">
            {now === undefined
              ? 'Counting …'
              : `${counted(total, 'session')}: what lives, and what ended in the last 24 hours.`}
          </p>
        </div>
      </div>
      <PhaseChips phase={phase} fleet={fleet} />
      <Toolbar />
      <Body list={list} />
    </>
  );
}

const HOUR_MS = 3_600_000;

const PERIODS = [
  ['Last hour', HOUR_MS],
  ['Last 24 hours', 24 * HOUR_MS],
  ['Last 7 days', 7 * 24 * HOUR_MS],
] as const;

function Toolbar() {
  const { path, params } = useRoute();
  const { fleet = '', client = '', since = '', q: query = '' } = params;
  // A cursor belongs to its filters: with others the list starts anew.
  const choose = (changes: Record<string, string>): void => go(path, { ...params, ...changes, cursor: '' });
  return (
    <div class="toolbar">
      <SearchField value={query} hint="Device, code, address, id …" onInput={(q) => adjust({ q, cursor: '' })} />
      <FleetFilter fleet={fleet} phases={ALL_PHASES} onChange={(chosen) => choose({ fleet: chosen })} />
      <label class="select">
        <span class="unseen">Asked</span>
        <select value={since} onChange={(event) => choose({ since: event.currentTarget.value })}>
          <option value="">Any time</option>
          {since !== '' && <option value={since}>Since {shortTime(since)}</option>}
          {PERIODS.map(([label, lengthMs]) => (
            <option key={label} value={new Date(Math.floor((Date.now() - lengthMs) / 60_000) * 60_000).toISOString()}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {client !== '' && (
        <span class="filter-chip">
          Client {shortId(client)}
          <button type="button" class="bare" onClick={() => choose({ client: '' })}>
            <Icon name="close" />
            <span class="unseen">Remove this filter</span>
          </button>
        </span>
      )}
    </div>
  );
}

function Body({ list }: { list: PagedList<SessionView> }) {
  const { resource, rows } = list;
  const selection = useSelection(rows.map(({ sessionId }) => sessionId));
  const { ask, dialog } = useActDialog();
  const chosen = rows.filter(({ sessionId }) => selection.ids.has(sessionId));
  const cancellable = chosen.filter(({ phase }) => isCancellable(phase));
  const cancel = (sessions: readonly SessionView[]): void =>
    ask(
      cancelSessions(sessions.length),
      sessions.map((one) => ({ id: one.sessionId, label: `${one.clientName} · ${one.fleet}` })),
    );
  const clients = new Map(chosen.map((one) => [one.clientId, { id: one.clientId, label: one.clientName }]));
  return (
    <>
      <Loaded resource={resource} what="sessions">
        {() => (
          <>
            {rows.length === 0 && list.isLater && <PastTheEnd />}
            {rows.length === 0 && !list.isLater && <NoSessions list={list} />}
            {rows.length > 0 && (
              <SessionTable
                rows={rows}
                selection={selection}
                isBusy={resource.isLoading}
                onCancel={(one) => cancel([one])}
              />
            )}
            {(rows.length > 0 || list.searched !== undefined || list.isLater) && <Pager list={list} noun="session" />}
          </>
        )}
      </Loaded>
      <SelectionBar selection={selection}>
        <button type="button" class="danger" disabled={cancellable.length === 0} onClick={() => cancel(cancellable)}>
          Cancel {counted(cancellable.length, 'session')}…
        </button>
        <button type="button" class="danger" onClick={() => ask(lockClients(clients.size), [...clients.values()])}>
          Lock {counted(clients.size, 'client')}…
        </button>
      </SelectionBar>
      {dialog}
    </>
  );
}

function NoSessions({ list }: { list: PagedList<SessionView> }) {
  const { params } = useRoute();
  const isFiltered = Object.values(params).some((value) => value !== '');
  if (!isFiltered) {
    return (
      <Empty icon="key" title="No session yet">
        Sessions appear when registered devices ask to sign in. Make an{' '}
        <a href={href(['enrollment-keys'])}>enrollment key</a> to let a first device register.
      </Empty>
    );
  }
  return (
    <Empty icon="search" title={list.searched === undefined ? 'No session is like that' : 'No match so far'}>
      Ended sessions are deleted after a while. <a href={href(['sessions'])}>Show all sessions</a>.
    </Empty>
  );
}
