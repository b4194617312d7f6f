/** Clients, as rows. */

import { shortId } from '../format.ts';
import { href } from '../route.ts';
import type { ClientView } from '../types.ts';
import { CLIENT_WORDS } from '../words.ts';
import { Badge } from './badge.tsx';
import { Copy } from './copy.tsx';
import { Icon } from './icons.tsx';
import { ListFrame } from './list-frame.tsx';
import { SelectBox, type Selection } from './selection.tsx';
import { Ago } from './time.tsx';

interface ClientActs {
  readonly onLock: (client: ClientView) => void;
  readonly onUnlock: (client: ClientView) => void;
  readonly onRevoke: (client: ClientView) => void;
}

interface ClientTableProps extends ClientActs {
  readonly rows: readonly ClientView[];
  readonly selectable: number;
  readonly selection: Selection;
  readonly isBusy: boolean;
}

/** The table. */
export function ClientTable({ rows, selectable, selection, isBusy, ...acts }: ClientTableProps) {
  return (
    <ListFrame
      of="client"
      columns={['State', 'Device', 'Client id', 'Registered', 'Registration ends']}
      select={{ selection, total: selectable }}
      isBusy={isBusy}
    >
      {rows.map((client) => (
        <Row key={client.clientId} client={client} selection={selection} {...acts} />
      ))}
    </ListFrame>
  );
}

function Row({ client, selection, ...acts }: { client: ClientView; selection: Selection } & ClientActs) {
  const { clientId, clientName, fleet, state, createdAt, registrationExpiresAt } = client;
  const reason = client.revokeReason ?? client.lockReason;
  return (
    <tr class={selection.ids.has(clientId) ? 'is-selected' : ''} data-client={clientId}>
      <td class="cell-select">
        <SelectBox selection={selection} id={clientId} label={clientName} disabled={state !== 'active'} />
      </td>
      <td class="cell-status">
        <Badge words={CLIENT_WORDS[state]} />
      </td>
      <td class="cell-device">
        <a class="name" href={href(['clients', clientId])}>
          {clientName}
        </a>
        <span class="sub">
          <span class="fleet">{fleet}</span>
          {reason !== undefined && <span class="reason">{reason}</span>}
        </span>
      </td>
      <td class="cell-id" data-label="Id">
        <span class="mono" title={clientId}>
          {shortId(clientId)}
        </span>
        <Copy text={clientId} what={`the id of ${clientName}`} />
      </td>
      <td class="cell-since" data-label="Registered">
        <Ago iso={createdAt} />
      </td>
      <td class="cell-left" data-label="Ends">
        <Ago iso={registrationExpiresAt} />
      </td>
      <td class="cell-acts">
        <div>
          <a class="button" href={href(['sessions'], { client: clientId })}>
            Sessions<span class="unseen"> of {clientName}</span>
          </a>
          <ClientButtons client={client} {...acts} />
        </div>
      </td>
    </tr>
  );
}

/** What can be done with a client in its state. */
export function ClientButtons({ client, onLock, onUnlock, onRevoke }: { client: ClientView } & ClientActs) {
  const name = <span class="unseen"> {client.clientName}</span>;
  return (
    <>
      {client.state === 'active' && (
        <button type="button" class="danger" onClick={() => onLock(client)}>
          <Icon name="lock" />
          Lock{name}
        </button>
      )}
      {client.state === 'locked' && (
        <button type="button" onClick={() => onUnlock(client)}>
          <Icon name="unlock" />
          Unlock{name}
        </button>
      )}
      {(client.state === 'active' || client.state === 'locked') && (
        <button type="button" class="danger" onClick={() => onRevoke(client)}>
          Revoke{name}
        </button>
      )}
    </>
  );
}
