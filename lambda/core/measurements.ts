import type { BrokerEvent, UpstreamOutcome } from './events.ts';
import type { METRICS, MetricName } from './metrics.ts';

/** One value of one metric. */
export interface Measurement {
  readonly metric: MetricName;
  readonly value: number;
  /** By the metric's dimensions, without the service. */
  readonly dimensions: Readonly<Partial<Record<'fleet' | 'outcome', string>>>;
}

/** The dimensions that a metric needs beside the service: the compiler holds every measurement to the catalogue. */
type DimensionsOf<M extends MetricName> = Readonly<
  Record<Exclude<(typeof METRICS)[M]['dimensions'][number], 'service'>, string>
>;

function measured<M extends MetricName>(metric: M, value: number, dimensions: DimensionsOf<M>): Measurement {
  return { metric, value, dimensions };
}

const SETTLED_METRICS = {
  authorized: 'SessionsApproved',
  denied: 'SessionsDenied',
  expired: 'SessionsExpired',
  cancelled: 'SessionsCancelled',
  superseded: 'SessionsSuperseded',
  failed: 'SessionsFailed',
} as const;

/** Outcomes that are no answer of the protocol. */
const NO_ANSWER: ReadonlySet<UpstreamOutcome> = new Set([
  'throttled',
  'server_error',
  'timeout',
  'network',
  'unavailable',
]);

/** What a refresh may come to when all is well: tokens, or the end of the sign-in, which is announced beforehand. */
const GOOD_REFRESHES: ReadonlySet<string> = new Set(['tokens', 'invalid_grant', 'expired', 'denied']);

/** What an event counts: one value of each of these metrics. */
export function measurementsOf(event: BrokerEvent): readonly Measurement[] {
  switch (event.event) {
    case 'session_started':
      return [measured('SessionsStarted', 1, { fleet: event.fleet })];
    case 'session_settled':
      return settled(event);
    case 'poll_taken':
      return [measured('PollLag', event.lagMs, {})];
    case 'poll_failed':
      return [measured('PollsFailed', 1, {})];
    case 'approval_lost':
      return [measured('ApprovalsLost', 1, {})];
    case 'tokens_delivered':
      return [measured(event.delivery > 1 ? 'TokensRedelivered' : 'TokensDelivered', 1, { fleet: event.fleet })];
    case 'replay_refused':
      return [measured('ReplaysRefused', 1, { fleet: event.fleet })];
    case 'refreshed':
      return [
        measured('TokenRefreshes', 1, { outcome: event.outcome }),
        ...(GOOD_REFRESHES.has(event.outcome) ? [] : [measured('RefreshFailures', 1, {})]),
      ];
    case 'refresh_lost':
      return [measured('RefreshesLost', 1, {})];
    case 'role_credentials':
      return event.outcome === 'credentials' ? [measured('RoleCredentialsIssued', 1, { fleet: event.fleet })] : [];
    case 'grant_ended':
      return [measured('GrantsEnded', 1, { outcome: event.reason })];
    case 'client_registered':
      return [measured('ClientsRegistered', 1, { fleet: event.fleet })];
    case 'upstream_called':
      return called(event);
    case 'request_refused':
      return [measured('RequestsRefused', 1, { outcome: event.refused })];
    case 'request_failed':
      return [measured('RequestsFailed', 1, {})];
    case 'stream_read':
      return [measured('StreamAge', event.ageMs, {})];
    case 'waiting_counted':
      return [
        measured('SessionsWaiting', event.waiting, { fleet: event.fleet }),
        measured('OldestWaiting', event.oldestSeconds, { fleet: event.fleet }),
      ];
    // The calls behind these are counted as calls; the events are there for the session's log.
    case 'session_activated':
    case 'activation_ended':
    case 'upstream_polled':
    case 'registration_renewed':
      return [];
    default:
      return event satisfies never;
  }
}

function settled({ phase, fleet, waitedMs }: Extract<BrokerEvent, { event: 'session_settled' }>): Measurement[] {
  const ended = measured(SETTLED_METRICS[phase], 1, { fleet });
  return waitedMs === undefined ? [ended] : [ended, measured('TimeToApproval', waitedMs / 1000, { fleet })];
}

function called(event: Extract<BrokerEvent, { event: 'upstream_called' }>): Measurement[] {
  const { operation, outcome, latencyMs, registrationSecondsLeft } = event;
  return [
    measured(`${operation}Calls`, 1, { outcome }),
    measured(`${operation}Latency`, latencyMs, {}),
    ...(NO_ANSWER.has(outcome) ? [measured('UpstreamFailures', 1, {})] : []),
    ...(registrationSecondsLeft === undefined
      ? []
      : [measured('RegistrationSecondsLeft', registrationSecondsLeft, {})]),
  ];
}
