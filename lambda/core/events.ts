import type { GrantEndReason } from './grant.ts';
import type { OAuthErrorCode } from './oauth-error.ts';
import type { PortalAnswer } from './role-credentials.ts';
import type { EndPhase } from './session.ts';
import type { TokenAnswer, UpstreamProblem } from './upstream.ts';

/** Which session an event is about: the four fields that every log line of a session has. */
export interface AboutSession {
  readonly sessionId: string;
  readonly clientId: string;
  readonly fleet: string;
  /** Of the API request that started the session; absent when no request did. */
  readonly correlationId?: string;
}

/** The operations of upstream: CreateToken with a refresh token counts as one of its own, since it fails in other ways. */
export const UPSTREAM_OPERATIONS = [
  'RegisterClient',
  'StartDeviceAuthorization',
  'CreateToken',
  'RefreshToken',
  'GetRoleCredentials',
] as const;
export type UpstreamOperation = (typeof UPSTREAM_OPERATIONS)[number];

type Unavailable = Extract<UpstreamProblem, { kind: 'unavailable' }>;

/** What an upstream call came to: the kind of its answer, or the cause when there was none. */
export type UpstreamOutcome =
  | 'registered'
  | 'started'
  | Exclude<TokenAnswer['kind'], 'unavailable'>
  | PortalAnswer['kind']
  | Unavailable['cause'];

type SessionEvent =
  | { readonly event: 'session_started' }
  /** A person has continued to AWS. */
  | { readonly event: 'session_activated' }
  /** The AWS code of a deferred session came to nothing; the session waits for a person again. */
  | { readonly event: 'activation_ended'; readonly reason: string }
  | {
      readonly event: 'session_settled';
      readonly phase: 'authorized' | EndPhase;
      readonly reason?: string;
      /** From the device's request to the approval; only of an approved session. */
      readonly waitedMs?: number;
    }
  | { readonly event: 'upstream_polled'; readonly outcome: UpstreamOutcome; readonly latencyMs: number }
  /** The polling loop took a session so long after it was due. */
  | { readonly event: 'poll_taken'; readonly lagMs: number }
  /** A poll failed for a reason of the broker's own. */
  | { readonly event: 'poll_failed' }
  | { readonly event: 'approval_lost'; readonly reason: string }
  | { readonly event: 'tokens_delivered'; readonly delivery: number }
  | { readonly event: 'replay_refused' }
  | { readonly event: 'refreshed'; readonly outcome: TokenAnswer['kind'] }
  | { readonly event: 'refresh_lost' }
  | { readonly event: 'role_credentials'; readonly outcome: PortalAnswer['kind'] }
  | { readonly event: 'grant_ended'; readonly reason: GrantEndReason };

/**
 * What the core tells those who watch: names and numbers only. No type here has room for a code, a token or a secret.
 */
export type BrokerEvent =
  | (AboutSession & SessionEvent)
  | {
      readonly event: 'client_registered';
      readonly clientId: string;
      readonly fleet: string;
      readonly enrollmentKeyId: string;
    }
  | { readonly event: 'registration_renewed'; readonly region: string; readonly expiresAt: number }
  | {
      readonly event: 'upstream_called';
      readonly operation: UpstreamOperation;
      readonly outcome: UpstreamOutcome;
      readonly latencyMs: number;
      /** What the broker's own registration has left; told when a new sign-in begins with it. */
      readonly registrationSecondsLeft?: number;
    }
  | {
      readonly event: 'request_refused';
      readonly route: string;
      readonly refused: OAuthErrorCode;
      readonly correlationId?: string;
    }
  /** A request failed for a reason of the broker's own; the device is told to come again. */
  | { readonly event: 'request_failed'; readonly route: string }
  /** A batch of the table's stream has come; its oldest record is so old. */
  | { readonly event: 'stream_read'; readonly ageMs: number }
  /** How many sessions of a fleet wait for a person now, and how long the oldest has. */
  | {
      readonly event: 'waiting_counted';
      readonly fleet: string;
      readonly waiting: number;
      readonly oldestSeconds: number;
    };

/** Takes an event; never throws and never waits. */
export type Observe = (event: BrokerEvent) => void;

/** Picks what events tell about a session, from the session or from the grant that it left behind. */
export function aboutSession({ sessionId, clientId, fleet, correlationId }: AboutSession): AboutSession {
  return { sessionId, clientId, fleet, ...(correlationId !== undefined && { correlationId }) };
}
