/** One client: its registration, and the sessions it has asked for. */

import { read } from '../api.ts';
import { absolute } from '../format.ts';
import { readOnePage } from '../lists.ts';
import { cancelSessions, lockClients, REVOKE_CLIENT, UNLOCK_CLIENT, useActDialog } from '../parts/acts.tsx';
import { Badge } from '../parts/badge.tsx';
import { ClientButtons } from '../parts/client-table.tsx';
import { Copy } from '../parts/copy.tsx';
import { Facts } from '../parts/facts.tsx';
import { SessionTable } from '../parts/session-table.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { useResource } from '../resource.ts';
import { href } from '../route.ts';
import type { ClientView, SessionView } from '../types.ts';
import { CLIENT_WORDS } from '../words.ts';

const SHOWN_SESSIONS = '10';

/** The screen. */
export function ClientScreen({ clientId }: { clientId: string }) {
  const resource = useResource(`client ${clientId}`, () =>
    read<ClientView>(`/api/clients/${encodeURIComponent(clientId)}`),
  );
  const missing = (
    <>
      Clients are deleted when their registration has ended. See <a href={href(['clients'])}>those that are there</a>.
    </>
  );
  return (
    <Loaded resource={resource} what="the client" missing={missing}>
      {(client) => (
        <>
          <Head client={client} />
          <section class="card">
            <h2>Registration</h2>
            <ClientFacts client={client} />
          </section>
          <Sessions clientId={clientId} />
        </>
      )}
    </Loaded>
  );
}

function ClientFacts({ client }: { client: ClientView }) {
  return (
    <Facts
      isWide
      facts={{
        Fleet: client.fleet,
        Registered: absolute(client.createdAt),
        Ends: absolute(client.registrationExpiresAt),
        'Enrollment key': client.enrollmentKeyId && (
          <a href={href(['enrollment-keys'], { q: client.enrollmentKeyId })}>{client.enrollmentKeyId}</a>
        ),
        'Known by': client.identity && <span class="mono">{client.identity}</span>,
        'Signed in': client.signedInAt && absolute(client.signedInAt),
        'Sign-in ends': client.signInEndsAt && absolute(client.signInEndsAt),
        'Sign-in ended': client.signInEndedAt && endOfSignIn(client.signInEndedAt, client.signInEndReason),
        Account: client.accountId && `${client.accountId} as ${client.roleName}`,
        Locked: client.lockedAt && absolute(client.lockedAt),
        Revoked: client.revokedAt && absolute(client.revokedAt),
        'Client id': (
          <span class="mono id">
            {client.clientId} <Copy text={client.clientId} what="the client id" />
          </span>
        ),
      }}
    />
  );
}

function endOfSignIn(at: string, reason: string | undefined): string {
  return reason === undefined ? absolute(at) : `${absolute(at)}: ${reason}`;
}

function Head({ client }: { client: ClientView }) {
  const { ask, dialog } = useActDialog();
  const items = [{ id: client.clientId, label: client.clientName }];
  const words = CLIENT_WORDS[client.state];
  const reason = client.revokeReason ?? client.lockReason;
  return (
    <div class="head">
      <div>
        <p class="crumbs">
          <a href={href(['clients'])}>Clients</a>
        </p>
        <h1 tabIndex={-1}>
          {client.clientName} <Badge words={words} />
        </h1>
        <p class="lead">
          {words.meaning} {reason !== undefined && `Reason: ${reason}`}
        </p>
      </div>
      <div class="acts">
        <ClientButtons
          client={client}
          onLock={() => ask(lockClients(1), items)}
          onUnlock={() => ask(UNLOCK_CLIENT, items)}
          onRevoke={() => ask(REVOKE_CLIENT, items)}
        />
      </div>
      {dialog}
    </div>
  );
}

function Sessions({ clientId }: { clientId: string }) {
  const resource = useResource(`sessions of ${clientId}`, () =>
    readOnePage<SessionView>('sessions', { client: clientId, limit: SHOWN_SESSIONS }),
  );
  const { ask, dialog } = useActDialog();
  return (
    <>
      <h2 class="section-title">Its sessions</h2>
      <Loaded resource={resource} what="sessions">
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty icon="clock" title="No session">
              The device has not asked to sign in, or what it asked for was deleted since.
            </Empty>
          ) : (
            <SessionTable
              rows={rows}
              isBusy={false}
              onCancel={({ sessionId, clientName }) => ask(cancelSessions(1), [{ id: sessionId, label: clientName }])}
            />
          )
        }
      </Loaded>
      {resource.data?.nextCursor !== undefined && (
        <p class="pager">
          <a class="button" href={href(['sessions'], { client: clientId })}>
            All its sessions
          </a>
        </p>
      )}
      {dialog}
    </>
  );
}
