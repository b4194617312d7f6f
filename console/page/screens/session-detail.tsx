/** One session: what it needs, what happened to it, and everything that is known of it. */

import { read } from '../api.ts';
import { serverNowMs, useTimed } from '../clock.ts';
import { absolute, timeOfDay } from '../format.ts';
import { cancelSessions, lockClients, useActDialog } from '../parts/acts.tsx';
import { ApproveLink, isApprovable } from '../parts/approve-link.tsx';
import { Badge } from '../parts/badge.tsx';
import { Copy } from '../parts/copy.tsx';
import { Facts } from '../parts/facts.tsx';
import { Icon } from '../parts/icons.tsx';
import { QrCode } from '../parts/qr-dialog.tsx';
import { Loaded } from '../parts/states.tsx';
import { Ago, Countdown } from '../parts/time.tsx';
import { useResource } from '../resource.ts';
import { href } from '../route.ts';
import { timelineOf } from '../timeline.ts';
import type { ConsoleConfig, SessionEventView, SessionView } from '../types.ts';
import { isCancellable, PHASE_WORDS } from '../words.ts';

interface SessionDetails {
  readonly session: SessionView;
  readonly events: readonly SessionEventView[] | undefined;
}

async function load(sessionId: string, hasEvents: boolean): Promise<SessionDetails> {
  const [session, told] = await Promise.all([
    read<SessionView>(`/api/sessions/${encodeURIComponent(sessionId)}`),
    hasEvents
      ? read<{ events: SessionEventView[] }>(`/events?sessionId=${encodeURIComponent(sessionId)}`)
      : Promise.resolve(undefined),
  ]);
  return { session, events: told?.events };
}

/** The screen. */
export function SessionScreen({ sessionId, config }: { sessionId: string; config: ConsoleConfig }) {
  const resource = useResource(`session ${sessionId}`, () => load(sessionId, config.events));
  const missing = (
    <>
      Ended sessions are deleted after a while. See <a href={href(['sessions'])}>those that are there</a>.
    </>
  );
  return (
    <Loaded resource={resource} what="the session" missing={missing}>
      {(details) => <Details {...details} />}
    </Loaded>
  );
}

function Details({ session, events }: SessionDetails) {
  return (
    <>
      <Head session={session} />
      <div class="columns">
        <div>
          <ApproveCard session={session} />
          <Timeline session={session} events={events} />
        </div>
        <div>
          <section class="card">
            <h2>Session</h2>
            <SessionFacts session={session} />
          </section>
          <details class="card raw">
            <summary>As the API tells it</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
            <pre tabIndex={0}>{JSON.stringify(session, null, 2)}</pre>
          </details>
        </div>
      </div>
    </>
  );
}

function Head({ session }: { session: SessionView }) {
  const { sessionId, clientId, clientName, phase, fleet, createdAt, endReason } = session;
  const { ask, dialog } = useActDialog();
  const words = PHASE_WORDS[phase];
  return (
    <div class="head">
      <div>
        <p class="crumbs">
          <a href={href(['sessions'])}>Sessions</a>
        </p>
        <h1 tabIndex={-1}>
          {clientName} <Badge words={words} />
        </h1>
        <p class="lead">
          {endReason ?? words.meaning} Asked <Ago iso={createdAt} />, fleet {fleet}.
        </p>
      </div>
      <div class="acts">
        {isCancellable(phase) && (
          <button
            type="button"
            class="danger"
            onClick={() => ask(cancelSessions(1), [{ id: sessionId, label: clientName }])}
          >
            Cancel session…
          </button>
        )}
        <button type="button" class="danger" onClick={() => ask(lockClients(1), [{ id: clientId, label: clientName }])}>
          <Icon name="lock" />
          Lock client…
        </button>
      </div>
      {dialog}
    </div>
  );
}

/** What a person needs to approve it; gone when there is nothing to approve. */
function ApproveCard({ session }: { session: SessionView }) {
  const canApprove = useTimed((nowMs) => isApprovable(session, nowMs));
  if (!canApprove) return null;
  return (
    <section class="card approve" aria-label="Approve">
      <QrCode text={session.verificationUriComplete ?? ''} label={`Link to approve ${session.clientName}`} />
      <div>
        <p class="label">The device shows</p>
        <p class="user-code large">{session.userCode}</p>
        <p>Compare it with the device before you approve, here or on the phone that scans this.</p>
        <p class="quiet">
          Time left <Countdown from={session.createdAt} until={session.expiresAt} />
        </p>
        <p class="acts">
          <ApproveLink session={session} />
          <Copy text={session.verificationUriComplete ?? ''} what="the link" label="Copy the link" />
        </p>
      </div>
    </section>
  );
}

function Timeline({ session, events }: { session: SessionView; events: readonly SessionEventView[] | undefined }) {
  return (
    <section class="card">
      <h2>Timeline</h2>
      <ol class="timeline">
        {timelineOf(session, events, serverNowMs()).map(({ at, label, note, icon, tone, isAhead }) => (
          <li key={`${at} ${label}`} class={`tone-${tone} ${isAhead ? 'is-ahead' : ''}`}>
            <span class="dot">
              <Icon name={icon} />
            </span>
            <div>
              <strong>{label}</strong>
              {note !== undefined && <p>{note}</p>}
            </div>
            <p class="when">
              <time dateTime={at} title={absolute(at)}>
                {timeOfDay(Date.parse(at))}
              </time>
              <Ago iso={at} />
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function SessionFacts({ session }: { session: SessionView }) {
  const { sessionId, clientId, approval, activations, activation, slowDowns } = session;
  return (
    <Facts
      facts={{
        Client: <a href={href(['clients', clientId])}>{session.clientName}</a>,
        Fleet: session.fleet,
        'Asked from': <span class="mono">{session.sourceIp}</span>,
        Approval: approval === 'deferred' ? 'Deferred: AWS is asked when a person comes' : undefined,
        'Went on to AWS': activations === undefined ? undefined : `${activations} ×`,
        'Code at AWS': activation?.userCode && <span class="mono">{activation.userCode}</span>,
        Asked: absolute(session.createdAt),
        Ends: absolute(session.expiresAt),
        'Polls of AWS': `${session.polls}${slowDowns > 0 ? `, slowed down ${slowDowns} ×` : ''}`,
        'Next poll': session.nextPollAt && <Ago iso={session.nextPollAt} />,
        Deliveries: session.deliveries === undefined ? undefined : String(session.deliveries),
        'Session id': (
          <span class="mono id">
            {sessionId} <Copy text={sessionId} what="the session id" />
          </span>
        ),
      }}
    />
  );
}
