import type { BrokerEvent } from '../../lambda/core/events.ts';

const about = { sessionId: 'session-1', clientId: 'client-1', fleet: 'kiosks', correlationId: 'request-1' } as const;

type EveryEvent = { readonly [Name in BrokerEvent['event']]: readonly Extract<BrokerEvent, { event: Name }>[] };

/** Events of every kind, in every form that matters to those who watch. */
export const EVERY_EVENT: EveryEvent = {
  session_started: [{ event: 'session_started', ...about }],
  session_activated: [{ event: 'session_activated', ...about }],
  activation_ended: [{ event: 'activation_ended', ...about, reason: 'the AWS code was not approved in time' }],
  session_settled: [
    { event: 'session_settled', ...about, phase: 'authorized', waitedMs: 12_500 },
    ...(['denied', 'expired', 'cancelled', 'superseded', 'failed'] as const).map(
      (phase) => ({ event: 'session_settled', ...about, phase }) as const,
    ),
  ],
  upstream_polled: [{ event: 'upstream_polled', ...about, outcome: 'pending', latencyMs: 80 }],
  poll_taken: [{ event: 'poll_taken', ...about, lagMs: 700 }],
  poll_failed: [{ event: 'poll_failed', ...about }],
  approval_lost: [{ event: 'approval_lost', ...about, reason: 'the tokens could not be stored' }],
  tokens_delivered: [
    { event: 'tokens_delivered', ...about, delivery: 1 },
    { event: 'tokens_delivered', ...about, delivery: 2 },
  ],
  replay_refused: [{ event: 'replay_refused', ...about }],
  refreshed: [
    { event: 'refreshed', ...about, outcome: 'tokens' },
    { event: 'refreshed', ...about, outcome: 'unavailable' },
  ],
  refresh_lost: [{ event: 'refresh_lost', ...about }],
  role_credentials: [
    { event: 'role_credentials', ...about, outcome: 'credentials' },
    { event: 'role_credentials', ...about, outcome: 'no_access' },
  ],
  grant_ended: [{ event: 'grant_ended', ...about, reason: 'session_ended' }],
  client_registered: [
    { event: 'client_registered', clientId: 'client-1', fleet: 'kiosks', enrollmentKeyId: 'enrollment-1' },
  ],
  registration_renewed: [{ event: 'registration_renewed', region: 'eu-central-1', expiresAt: 1_807_776_000 }],
  upstream_called: [
    { event: 'upstream_called', operation: 'RegisterClient', outcome: 'registered', latencyMs: 90 },
    {
      event: 'upstream_called',
      operation: 'StartDeviceAuthorization',
      outcome: 'started',
      latencyMs: 70,
      registrationSecondsLeft: 7_000_000,
    },
    { event: 'upstream_called', operation: 'CreateToken', outcome: 'timeout', latencyMs: 3_000 },
    { event: 'upstream_called', operation: 'RefreshToken', outcome: 'tokens', latencyMs: 60 },
    { event: 'upstream_called', operation: 'GetRoleCredentials', outcome: 'credentials', latencyMs: 50 },
  ],
  request_refused: [
    { event: 'request_refused', route: '/token', refused: 'invalid_grant', correlationId: 'request-1' },
  ],
  request_failed: [{ event: 'request_failed', route: '/token' }],
  stream_read: [{ event: 'stream_read', ageMs: 900 }],
  waiting_counted: [{ event: 'waiting_counted', fleet: 'kiosks', waiting: 3, oldestSeconds: 40 }],
};
