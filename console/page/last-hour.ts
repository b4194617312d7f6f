/** What the numbers of the last hour come to: who answered how, what was refused, what went wrong, and where to look. */

import { UPSTREAM_OPERATIONS, type UpstreamOperation, type UpstreamOutcome } from '../../lambda/core/events.ts';
import type { MetricName } from '../../lambda/core/metrics.ts';
import type { OAuthErrorCode } from '../../lambda/core/oauth-error.ts';
import type { LastHour, MeasuredHour } from '../server/metrics-source.ts';
import { href } from './route.ts';

/** Calls that came to no answer, throttled ones aside. */
const NO_ANSWER = ['server_error', 'timeout', 'network', 'unavailable'] as const satisfies readonly UpstreamOutcome[];

/** One operation of AWS. */
export interface UpstreamRow {
  readonly operation: string;
  readonly calls: number;
  readonly failed: number;
  readonly throttled: number;
  readonly latency: MeasuredHour | undefined;
  /** The screen of those whom it concerns. */
  readonly place: string;
}

const PLACES: Readonly<Record<UpstreamOperation, string>> = {
  RegisterClient: href(['sessions'], { phase: 'failed' }),
  StartDeviceAuthorization: href(['sessions'], { phase: 'failed' }),
  CreateToken: href(['sessions'], { phase: 'pending' }),
  RefreshToken: href(['clients']),
  GetRoleCredentials: href(['clients']),
};

/** The operations that were called. */
export function upstreamRows({ counted, measured }: LastHour): UpstreamRow[] {
  return UPSTREAM_OPERATIONS.flatMap((operation) => {
    const calls = counted[`${operation}Calls`];
    if (calls === undefined) return [];
    return {
      operation: operation === 'RefreshToken' ? 'CreateToken, to refresh' : operation,
      calls: calls.total,
      failed: NO_ANSWER.reduce((sum, outcome) => sum + (calls.by[outcome] ?? 0), 0),
      throttled: calls.by.throttled ?? 0,
      latency: measured[`${operation}Latency`],
      place: PLACES[operation],
    };
  });
}

/** A number with what it is of, and where something can be done about it. */
export interface CountedPlace {
  readonly name: string;
  readonly count: number;
  readonly place: string;
}

/** Where those are found who were told so; the others are found among the clients. */
const REFUSED_PLACES: Readonly<Partial<Record<OAuthErrorCode, string>>> = {
  slow_down: href(['sessions'], { phase: 'pending' }),
  access_denied: href(['sessions'], { phase: 'denied' }),
  expired_token: href(['sessions'], { phase: 'expired' }),
  invalid_grant: href(['sessions'], { phase: 'claimed' }),
  invalid_token: href(['enrollment-keys']),
};

/** Why the API refused requests, the most frequent reason first. */
export function refusals({ counted }: LastHour): CountedPlace[] {
  return Object.entries(counted.RequestsRefused?.by ?? {})
    .map(([name, count]) => ({ name, count, place: REFUSED_PLACES[name as OAuthErrorCode] ?? href(['clients']) }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

/** What should be zero: words for one and for many, and where to look. */
const TROUBLES = {
  SessionsFailed: ['session failed', 'sessions failed', href(['sessions'], { phase: 'failed' })],
  ApprovalsLost: ['approval lost', 'approvals lost', href(['sessions'], { phase: 'failed' })],
  RefreshesLost: ['refresh lost', 'refreshes lost', href(['clients'])],
  RefreshFailures: ['refresh failed', 'refreshes failed', href(['clients'])],
  ReplaysRefused: [
    'spent code presented again',
    'spent codes presented again',
    href(['sessions'], { phase: 'claimed' }),
  ],
  PollsFailed: ['poll failed', 'polls failed', href(['sessions'], { phase: 'pending' })],
  RequestsFailed: ['request failed in the broker', 'requests failed in the broker', href(['clients'])],
} as const satisfies Partial<Record<MetricName, readonly [string, string, string]>>;

/** What went wrong; nothing on a good day. */
export function troubles({ counted }: LastHour): CountedPlace[] {
  return Object.entries(TROUBLES).flatMap(([metric, [one, many, place]]) => {
    const count = counted[metric as keyof typeof TROUBLES]?.total ?? 0;
    return count === 0 ? [] : { name: count === 1 ? one : many, count, place };
  });
}
