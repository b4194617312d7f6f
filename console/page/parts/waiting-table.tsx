/** The rows of the waiting queue. */

import { href } from '../route.ts';
import type { SessionView } from '../types.ts';
import { isWaiting, PHASE_WORDS } from '../words.ts';
import { ApproveLink } from './approve-link.tsx';
import { Badge } from './badge.tsx';
import { Copy } from './copy.tsx';
import { Icon } from './icons.tsx';
import { ListFrame } from './list-frame.tsx';
import { SelectBox, type Selection } from './selection.tsx';
import { Countdown, Since } from './time.tsx';

interface RowActs {
  readonly onQr: (session: SessionView) => void;
  readonly onCancel: (session: SessionView) => void;
}

interface WaitingTableProps extends RowActs {
  readonly rows: readonly SessionView[];
  readonly selectable: number;
  readonly selection: Selection;
  readonly isBusy: boolean;
}

/** The table. */
export function WaitingTable({ rows, selectable, selection, isBusy, ...acts }: WaitingTableProps) {
  return (
    <ListFrame
      of="waiting"
      columns={['Device', 'Code on the device', 'Asked from', 'Waiting', 'Time left']}
      select={{ selection, total: selectable }}
      isBusy={isBusy}
    >
      {rows.map((session) => (
        <Row key={session.sessionId} session={session} selection={selection} {...acts} />
      ))}
    </ListFrame>
  );
}

function Row({ session, selection, onQr, onCancel }: { session: SessionView; selection: Selection } & RowActs) {
  const { sessionId, clientName, fleet, phase, userCode, sourceIp } = session;
  const waits = isWaiting(phase);
  const state = selection.ids.has(sessionId) ? 'is-selected' : waits ? '' : 'is-over';
  return (
    <tr class={state} data-session={sessionId}>
      <td class="cell-select">
        <SelectBox selection={selection} id={sessionId} label={clientName} disabled={!waits} />
      </td>
      <td class="cell-device">
        <a class="name" href={href(['sessions', sessionId])}>
          {clientName}
        </a>
        <span class="sub">
          <span class="fleet">{fleet}</span>
          {phase === 'pending' && session.approval === 'deferred' && <Activity session={session} />}
        </span>
      </td>
      <td class="cell-code">
        {waits && userCode !== undefined ? (
          <>
            <span class="user-code">{userCode}</span>
            <Copy text={userCode} what={`the code of ${clientName}`} />
          </>
        ) : (
          <Badge words={PHASE_WORDS[phase]} />
        )}
      </td>
      <td class="cell-from" data-label="From">
        {sourceIp}
      </td>
      <td class="cell-since" data-label="Waiting">
        <Since iso={session.createdAt} />
      </td>
      <td class="cell-left">{waits && <Countdown from={session.createdAt} until={session.expiresAt} />}</td>
      <td class="cell-acts">
        <Buttons session={session} onQr={onQr} onCancel={onCancel} />
      </td>
    </tr>
  );
}

function Buttons({ session, onQr, onCancel }: { session: SessionView } & RowActs) {
  const { sessionId, clientName, phase } = session;
  return (
    <div>
      {isWaiting(phase) && (
        <>
          <ApproveLink session={session} />
          <button type="button" onClick={() => onQr(session)} title="Show a QR code">
            <Icon name="qr" />
            QR<span class="unseen"> code of {clientName}</span>
          </button>
          <button type="button" class="danger" onClick={() => onCancel(session)}>
            Cancel<span class="unseen"> {clientName}</span>
          </button>
        </>
      )}
      <a class="button" href={href(['sessions', sessionId])}>
        Details<span class="unseen"> of {clientName}</span>
      </a>
    </div>
  );
}

/** Somebody has opened the broker's page and gone on to AWS. */
function Activity({ session: { activations = 0 } }: { session: SessionView }) {
  return <span class="activity">{activations > 1 ? `at AWS, try ${activations}` : 'someone is at AWS'}</span>;
}
