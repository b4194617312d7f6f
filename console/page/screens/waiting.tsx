/** The queue: who waits for a person, and what a person needs to let them in. */

import { useState } from 'preact/hooks';
import { count } from '../format.ts';
import { cancelSessions, lockClients, useActDialog } from '../parts/acts.tsx';
import { FleetFilter } from '../parts/filters.tsx';
import { PhaseLinks } from '../parts/phase-chips.tsx';
import { QrDialog } from '../parts/qr-dialog.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { SelectionBar, useSelection } from '../parts/selection.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { WaitingLead } from '../parts/waiting-lead.tsx';
import { WaitingTable } from '../parts/waiting-table.tsx';
import { adjust, href, useRoute } from '../route.ts';
import type { Phase, SessionView } from '../types.ts';
import { arrange, isOrder, ORDERS, useWaitingList, type WaitingList, type Wanted } from '../waiting-list.ts';
import { isWaiting, WAITING_PHASES } from '../words.ts';

/** The screen. */
export function WaitingScreen() {
  const { params } = useRoute();
  const { fleet = '', q: query = '', sort } = params;
  const wanted: Wanted = { fleet, query, order: isOrder(sort) ? sort : 'oldest' };
  const list = useWaitingList(fleet);
  const rows = arrange(list.listing.data?.rows ?? [], list.left, wanted);
  const [shown, setShown] = useState<SessionView>();
  const isCut = list.listing.data?.nextCursor !== undefined;
  return (
    <>
      <Head />
      <Toolbar wanted={wanted} rows={rows} onHide={list.forgetLeft} />
      <Queue list={list} rows={rows} wanted={wanted} onQr={setShown} />
      {isCut && <p class="note">More wait than are shown here: choose a fleet to see the rest.</p>}
      {shown !== undefined && (
        <QrDialog
          session={rows.find(({ sessionId }) => sessionId === shown.sessionId) ?? shown}
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  );
}

/** What became of sessions lately: each number leads to them. */
const OUTCOMES = ['authorized', 'claimed', 'denied', 'expired'] as const satisfies readonly Phase[];

function Head() {
  return (
    <div class="head">
      <div>
        <h1 tabIndex={-1}>Waiting for a person</h1>
        <WaitingLead />
      </div>
      <PhaseLinks phases={OUTCOMES} label="Lately" />
    </div>
  );
}

function Toolbar({ wanted, rows, onHide }: { wanted: Wanted; rows: readonly SessionView[]; onHide: () => void }) {
  const waiting = rows.filter(({ phase }) => isWaiting(phase)).length;
  const isFiltered = wanted.query !== '' || wanted.fleet !== '';
  return (
    <div class="toolbar">
      <SearchField value={wanted.query} hint="Device, code, address …" onInput={(q) => adjust({ q })} />
      <FleetFilter fleet={wanted.fleet} phases={WAITING_PHASES} onChange={(fleet) => adjust({ fleet })} />
      <label class="select">
        <span class="unseen">Order</span>
        <select value={wanted.order} onChange={(event) => adjust({ sort: event.currentTarget.value })}>
          {Object.entries(ORDERS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <p class="found" role="status">
        {isFiltered && `${count(waiting)} found`}
        {rows.length > waiting && ` ${count(rows.length - waiting)} just ended `}
        {rows.length > waiting && (
          <button type="button" class="bare" onClick={onHide}>
            Hide
          </button>
        )}
      </p>
    </div>
  );
}

interface QueueProps {
  readonly list: WaitingList;
  readonly rows: readonly SessionView[];
  readonly wanted: Wanted;
  readonly onQr: (session: SessionView) => void;
}

function Queue({ list: { listing }, rows, wanted, onQr }: QueueProps) {
  const waiting = rows.filter(({ phase }) => isWaiting(phase));
  const selection = useSelection(waiting.map(({ sessionId }) => sessionId));
  const { ask, dialog } = useActDialog();
  const chosen = waiting.filter(({ sessionId }) => selection.ids.has(sessionId));
  const cancel = (sessions: readonly SessionView[]): void =>
    ask(
      cancelSessions(sessions.length),
      sessions.map((one) => ({ id: one.sessionId, label: `${one.clientName} · ${one.userCode ?? one.fleet}` })),
    );
  const lock = (): void => {
    const clients = new Map(chosen.map((one) => [one.clientId, { id: one.clientId, label: one.clientName }]));
    ask(lockClients(clients.size), [...clients.values()]);
  };
  return (
    <>
      <Loaded resource={listing} what="what waits">
        {() =>
          rows.length === 0 ? (
            <NobodyWaits wanted={wanted} />
          ) : (
            <WaitingTable
              rows={rows}
              selectable={waiting.length}
              selection={selection}
              isBusy={listing.isLoading}
              onQr={onQr}
              onCancel={(session) => cancel([session])}
            />
          )
        }
      </Loaded>
      <SelectionBar selection={selection}>
        <button type="button" class="danger" onClick={() => cancel(chosen)}>
          Cancel sessions…
        </button>
        <button type="button" class="danger" onClick={lock}>
          Lock clients…
        </button>
      </SelectionBar>
      {dialog}
    </>
  );
}

function NobodyWaits({ wanted }: { wanted: Wanted }) {
  if (wanted.query !== '' || wanted.fleet !== '') {
    return (
      <Empty icon="search" title="Nothing that waits matches">
        Shorten the search or choose another fleet. What has ended is among the{' '}
        <a href={href(['sessions'], { q: wanted.query, fleet: wanted.fleet })}>sessions</a>.
      </Empty>
    );
  }
  return (
    <Empty icon="check" title="Nobody waits">
      A device appears here within seconds of asking. If one is missing, look whether it reached the broker at all (its{' '}
      <a href={href(['clients'])}>client</a>), or whether it has <a href={href(['sessions'])}>ended</a> already.
    </Empty>
  );
}
