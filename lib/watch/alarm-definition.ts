/** What an alarm is made of. */
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** The sections of docs/operate.md, by the kinds of alarms. */
export type AlarmKind =
  | 'UpstreamFailing'
  | 'PollLag'
  | 'OldestWaiting'
  | 'RefreshFailures'
  | 'ApprovalsLost'
  | 'RegistrationEnding'
  | 'Faults'
  | 'ApiErrors'
  | 'LoopFailures'
  | 'LoopDelay'
  | 'LoopNotStarted'
  | 'EventsNotPublished'
  | 'TableThrottled'
  | 'CallsThrottled'
  | 'SchedulesFailing';

/** One alarm. */
export interface AlarmDefinition {
  readonly kind: AlarmKind;
  /** Whose it is, where there is one of the kind for each fleet. */
  readonly fleet?: string;
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** @default - it goes off at the threshold and above */
  readonly below?: true;
  /** Periods that are looked at, and how many of them must be too much. @default - the latest alone */
  readonly periods?: number;
  readonly datapoints?: number;
  /** What has happened, and what to look at first. */
  readonly description: string;
}

/** How most alarms read their metrics: in periods of five minutes. */
export const FIVE_MINUTES = 300;
/** How often. */
export const COUNT = { statistic: 'Sum', periodSeconds: FIVE_MINUTES } as const;
/** The worst. */
export const MOST = { statistic: 'Maximum', periodSeconds: FIVE_MINUTES } as const;
