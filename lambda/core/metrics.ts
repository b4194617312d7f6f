import type { UpstreamOperation } from './events.ts';

/**
 * Every metric of the broker, once: dashboards, alarms and docs/metrics.md are made of this list or checked against it.
 * Dimensions are the service, and where it helps the fleet or the outcome; both have few values, all known beforehand. Never
 * a device, a client or a session: each new value is a metric that AWS bills for a month.
 */

/** The CloudWatch namespace. */
export const METRIC_NAMESPACE = 'FleetTokenBroker';

/** The value of the dimension `service`. */
export const SERVICE_NAME = 'fleet-token-broker';

/** The units, as CloudWatch spells them. */
export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds';
export type Dimension = 'service' | 'fleet' | 'outcome';

export interface MetricDefinition {
  readonly unit: MetricUnit;
  readonly dimensions: readonly Dimension[];
  /** What it counts, for people. */
  readonly meaning: string;
}

const SERVICE = ['service'] as const;
const BY_FLEET = ['service', 'fleet'] as const;
const BY_OUTCOME = ['service', 'outcome'] as const;

const SESSION_METRICS = {
  SessionsStarted: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Device authorizations begun' },
  SessionsApproved: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Sessions that a person approved' },
  SessionsDenied: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Sessions that a person refused' },
  SessionsExpired: {
    unit: 'Count',
    dimensions: BY_FLEET,
    meaning: 'Sessions that nobody approved, or whose token nobody fetched, in time; up to two days late',
  },
  SessionsCancelled: {
    unit: 'Count',
    dimensions: BY_FLEET,
    meaning: 'Sessions that an operator or the device stopped',
  },
  SessionsSuperseded: {
    unit: 'Count',
    dimensions: BY_FLEET,
    meaning: 'Sessions replaced by a newer one of their device',
  },
  SessionsFailed: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Sessions that could not be brought to an end' },
  TimeToApproval: {
    unit: 'Seconds',
    dimensions: BY_FLEET,
    meaning: "From the device's request to the person's approval",
  },
  SessionsWaiting: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Sessions that wait for a person now' },
  OldestWaiting: {
    unit: 'Seconds',
    dimensions: BY_FLEET,
    meaning: 'How long the oldest waiting session has waited; 0 when none waits',
  },
  ApprovalsLost: {
    unit: 'Count',
    dimensions: SERVICE,
    meaning: 'Approvals that AWS gave and the broker could not keep: somebody has to approve again',
  },
} as const;

const POLLING_METRICS = {
  PollLag: {
    unit: 'Milliseconds',
    dimensions: SERVICE,
    meaning: 'How long after it was due the loop polled a session',
  },
  PollsFailed: { unit: 'Count', dimensions: SERVICE, meaning: 'Polls that failed for a reason of the broker’s own' },
  StreamAge: {
    unit: 'Milliseconds',
    dimensions: SERVICE,
    meaning: 'Age of the oldest record of a batch of the table’s stream when it is read',
  },
} as const;

const TOKEN_METRICS = {
  TokensDelivered: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Token sets delivered to a device' },
  TokensRedelivered: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Repeated deliveries, after a lost answer' },
  ReplaysRefused: {
    unit: 'Count',
    dimensions: BY_FLEET,
    meaning: 'Device codes presented again after they were spent',
  },
  TokenRefreshes: { unit: 'Count', dimensions: BY_OUTCOME, meaning: 'Refreshes, by what AWS answered' },
  RefreshFailures: {
    unit: 'Count',
    dimensions: SERVICE,
    meaning: 'Refreshes that came to neither tokens nor the end of the sign-in',
  },
  RefreshesLost: { unit: 'Count', dimensions: SERVICE, meaning: 'Refreshed tokens that the broker could not keep' },
  GrantsEnded: { unit: 'Count', dimensions: BY_OUTCOME, meaning: 'Sign-ins that ended, by reason' },
  RoleCredentialsIssued: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Role credentials fetched for a device' },
} as const;

const API_METRICS = {
  ClientsRegistered: { unit: 'Count', dimensions: BY_FLEET, meaning: 'Devices registered' },
  RequestsRefused: { unit: 'Count', dimensions: BY_OUTCOME, meaning: 'Requests refused, by OAuth error' },
  RequestsFailed: {
    unit: 'Count',
    dimensions: SERVICE,
    meaning: 'Requests that failed for a reason of the broker’s own, whatever the device was told',
  },
} as const;

const UPSTREAM_METRICS = {
  ...callMetrics('RegisterClient'),
  ...callMetrics('StartDeviceAuthorization'),
  ...callMetrics('CreateToken'),
  ...callMetrics('RefreshToken'),
  ...callMetrics('GetRoleCredentials'),
  UpstreamFailures: {
    unit: 'Count',
    dimensions: SERVICE,
    meaning: 'Calls of all operations that got no answer: throttled, 5xx, time-out, no connection',
  },
  RegistrationSecondsLeft: {
    unit: 'Seconds',
    dimensions: SERVICE,
    meaning: 'What the broker’s registration has left when a sign-in begins with it; renewed at 86,400',
  },
} as const;

/** All metrics by name. */
export const METRICS = {
  ...SESSION_METRICS,
  ...POLLING_METRICS,
  ...TOKEN_METRICS,
  ...API_METRICS,
  ...UPSTREAM_METRICS,
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

type CallMetric = { unit: 'Count'; dimensions: typeof BY_OUTCOME; meaning: string };
type LatencyMetric = { unit: 'Milliseconds'; dimensions: typeof SERVICE; meaning: string };
type CallMetrics<O extends UpstreamOperation> = Readonly<
  Record<`${O}Calls`, CallMetric> & Record<`${O}Latency`, LatencyMetric>
>;

/** The two metrics of an upstream operation: `operation` is no dimension, so it is in their names. */
function callMetrics<O extends UpstreamOperation>(operation: O): CallMetrics<O> {
  const called = operation === 'RefreshToken' ? 'CreateToken with a refresh token' : operation;
  return {
    [`${operation}Calls`]: { unit: 'Count', dimensions: BY_OUTCOME, meaning: `Calls of ${called}, by outcome` },
    [`${operation}Latency`]: {
      unit: 'Milliseconds',
      dimensions: SERVICE,
      meaning: `Time that a call of ${called} took`,
    },
  } as CallMetrics<O>;
}
