/** Sessions of any phase, as rows. */

import { href } from '../route.ts';
import type { SessionView } from '../types.ts';
import { isCancellable, isEnd, isWaiting, PHASE_WORDS } from '../words.ts';
import { Badge } from './badge.tsx';
import { ListFrame } from './list-frame.tsx';
import { SelectBox, type Selection } from './selection.tsx';
import { Ago, Countdown } from './time.tsx';

interface SessionTableProps {
  readonly rows: readonly SessionView[];
  /** Undefined: rows cannot be selected. */
  readonly selection?: Selection;
  readonly isBusy: boolean;
  readonly onCancel: (session: SessionView) => void;
}

/** The table. */
export function SessionTable({ rows, selection, isBusy, onCancel }: SessionTableProps) {
  return (
    <ListFrame
      of="session"
      columns={['Status', 'Device', 'Asked from', 'Asked', 'End']}
      {...(selection !== undefined && { select: { selection, total: rows.length } })}
      isBusy={isBusy}
    >
      {rows.map((session) => (
        <Row
          key={session.sessionId}
          session={session}
          onCancel={onCancel}
          {...(selection === undefined ? {} : { selection })}
        />
      ))}
    </ListFrame>
  );
}

type RowProps = Pick<SessionTableProps, 'selection' | 'onCancel'> & { session: SessionView };

function Row({ session, selection, onCancel }: RowProps) {
  const { sessionId, clientName, fleet, phase, sourceIp, createdAt, userCode } = session;
  return (
    <tr class={selection?.ids.has(sessionId) ? 'is-selected' : ''} data-session={sessionId}>
      {selection !== undefined && (
        <td class="cell-select">
          <SelectBox selection={selection} id={sessionId} label={clientName} />
        </td>
      )}
      <td class="cell-status">
        <Badge words={PHASE_WORDS[phase]} />
      </td>
      <td class="cell-device">
        <a class="name" href={href(['sessions', sessionId])}>
          {clientName}
        </a>
        <span class="sub">
          <span class="fleet">{fleet}</span>
          {isWaiting(phase) && userCode !== undefined && <span class="mono">{userCode}</span>}
        </span>
      </td>
      <td class="cell-from" data-label="From">
        {sourceIp}
      </td>
      <td class="cell-since" data-label="Asked">
        <Ago iso={createdAt} />
      </td>
      <td class="cell-left" data-label={isEnd(phase) ? 'Ended' : 'Ends'}>
        <End session={session} />
      </td>
      <td class="cell-acts">
        <div>
          {isCancellable(phase) && (
            <button type="button" class="danger" onClick={() => onCancel(session)}>
              Cancel<span class="unseen"> {clientName}</span>
            </button>
          )}
          <a class="button" href={href(['sessions', sessionId])}>
            Details<span class="unseen"> of {clientName}</span>
          </a>
        </div>
      </td>
    </tr>
  );
}

/** When it ends or ended, and why. */
function End({ session: { phase, createdAt, expiresAt, endedAt, endReason } }: { session: SessionView }) {
  if (isWaiting(phase)) return <Countdown from={createdAt} until={expiresAt} />;
  const note = isEnd(phase) ? endReason : 'its token';
  return (
    <div>
      <Ago iso={isEnd(phase) ? (endedAt ?? expiresAt) : expiresAt} />
      {note !== undefined && <span class="sub reason">{note}</span>}
    </div>
  );
}
