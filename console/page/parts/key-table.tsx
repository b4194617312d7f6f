/** Enrollment keys, as rows. */

import { count } from '../format.ts';
import type { EnrollmentKeyView } from '../types.ts';
import { KEY_WORDS } from '../words.ts';
import { Badge } from './badge.tsx';
import { ListFrame } from './list-frame.tsx';
import { Ago } from './time.tsx';

interface KeyTableProps {
  readonly rows: readonly EnrollmentKeyView[];
  readonly isBusy: boolean;
  readonly onRevoke: (key: EnrollmentKeyView) => void;
}

/** The table. */
export function KeyTable({ rows, isBusy, onRevoke }: KeyTableProps) {
  return (
    <ListFrame of="key" columns={['State', 'Purpose', 'Key id', 'Devices', 'Made', 'Ends']} isBusy={isBusy}>
      {rows.map((key) => (
        <Row key={key.enrollmentKeyId} enrollmentKey={key} onRevoke={onRevoke} />
      ))}
    </ListFrame>
  );
}

function Row({ enrollmentKey, onRevoke }: { enrollmentKey: EnrollmentKeyView; onRevoke: KeyTableProps['onRevoke'] }) {
  const { enrollmentKeyId, state, fleet, note, uses, maxUses, createdAt, expiresAt, revokeReason } = enrollmentKey;
  return (
    <tr data-key={enrollmentKeyId}>
      <td class="cell-status">
        <Badge words={KEY_WORDS[state]} />
      </td>
      <td class="cell-device">
        <span class="name">{note ?? 'No note'}</span>
        <span class="sub">
          <span class="fleet">{fleet}</span>
          {revokeReason !== undefined && <span class="reason">{revokeReason}</span>}
        </span>
      </td>
      <td class="cell-id mono" data-label="Id">
        {enrollmentKeyId}
      </td>
      <td class="cell-from" data-label="Devices">
        {count(uses)}
        {maxUses === undefined ? ' registered' : ` of ${count(maxUses)}`}
      </td>
      <td class="cell-since" data-label="Made">
        <Ago iso={createdAt} />
      </td>
      <td class="cell-left" data-label="Ends">
        <Ago iso={expiresAt} />
      </td>
      <td class="cell-acts">
        <div>
          {state === 'active' && (
            <button type="button" class="danger" onClick={() => onRevoke(enrollmentKey)}>
              Revoke<span class="unseen"> {note ?? enrollmentKeyId}</span>
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}
