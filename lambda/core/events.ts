import type { GrantEndReason } from './grant.ts';
import type { OAuthErrorCode } from './oauth-error.ts';
import type { Phase } from './session.ts';

/**
 * What the core tells those who watch: names and numbers only. No type here has room for a code, a token or a secret.
 */
export type BrokerEvent =
  | { readonly event: 'session_started'; readonly sessionId: string; readonly clientId: string; readonly fleet: string }
  | {
      readonly event: 'session_settled';
      readonly sessionId: string;
      readonly clientId: string;
      readonly fleet: string;
      readonly phase: Phase;
      readonly reason?: string;
    }
  | {
      readonly event: 'upstream_polled';
      readonly sessionId: string;
      readonly fleet: string;
      readonly outcome: string;
      readonly latencyMs: number;
      /** How long after it was due. */
      readonly lagMs: number;
    }
  | { readonly event: 'approval_lost'; readonly sessionId: string; readonly fleet: string; readonly reason: string }
  | {
      readonly event: 'tokens_delivered';
      readonly sessionId: string;
      readonly clientId: string;
      readonly fleet: string;
      readonly delivery: number;
    }
  | { readonly event: 'replay_refused'; readonly sessionId: string; readonly clientId: string; readonly fleet: string }
  | {
      readonly event: 'refreshed';
      readonly sessionId: string;
      readonly clientId: string;
      readonly fleet: string;
      readonly outcome: string;
    }
  | {
      readonly event: 'role_credentials';
      readonly sessionId: string;
      readonly clientId: string;
      readonly fleet: string;
      readonly outcome: string;
    }
  | { readonly event: 'refresh_lost'; readonly sessionId: string; readonly fleet: string }
  | {
      readonly event: 'grant_ended';
      readonly sessionId: string;
      readonly clientId: string;
      readonly fleet: string;
      readonly reason: GrantEndReason;
    }
  | {
      readonly event: 'client_registered';
      readonly clientId: string;
      readonly fleet: string;
      readonly enrollmentKeyId: string;
    }
  | { readonly event: 'registration_renewed'; readonly region: string; readonly expiresAt: number }
  | { readonly event: 'request_refused'; readonly route: string; readonly refused: OAuthErrorCode };

/** Takes an event; never throws and never waits. */
export type Observe = (event: BrokerEvent) => void;
