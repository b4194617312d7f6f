import type { TokenSet } from './sealing.ts';
import type { Secret } from './secret.ts';
import type { Activation } from './session.ts';
import type { Fleet } from './settings.ts';

/** Upstream: the OIDC service of IAM Identity Center, as the core needs it. No answer of the protocol is an exception. */
export interface Upstream {
  registerClient(
    target: UpstreamTarget,
  ): Promise<{ kind: 'registered'; registration: UpstreamClient } | UpstreamProblem>;
  startDeviceAuthorization(
    target: UpstreamTarget,
    client: UpstreamClient,
    startUrl: string,
  ): Promise<StartedActivation | UpstreamProblem>;
  /** One CreateToken, never retried here: a device code is spent by the answer. */
  createToken(target: UpstreamTarget, client: UpstreamClient, grant: UpstreamGrant): Promise<TokenAnswer>;
}

/** A device authorization that upstream has started. */
export interface StartedActivation {
  readonly kind: 'started';
  readonly activation: Activation;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
  readonly atQuota?: AtQuota;
}

/** The call went through, but others had to be left out a moment ago: who can wait longer makes room for them. */
export type AtQuota = true;

/** Where to call: all that a registration depends on. */
export type UpstreamTarget = Pick<Fleet, 'region' | 'scopes' | 'upstreamEndpoint'>;

/** The broker's own registration at Identity Center. */
export interface UpstreamClient {
  readonly clientId: string;
  /** A long one: a JWT of a kilobyte or more. */
  readonly clientSecret: Secret;
  /** `clientSecretExpiresAt`, epoch seconds. */
  readonly expiresAt: number;
}

/** What a token is asked for with. */
export type UpstreamGrant = { readonly deviceCode: string } | { readonly refreshToken: string };

/** Why upstream did not do what it was asked. */
export type UpstreamProblem =
  | { readonly kind: 'invalid_client' }
  /** Refused for good: asking again will not help. `exception` is the model's name for it. */
  | { readonly kind: 'refused'; readonly exception: string }
  /** No answer of the protocol: throttled, 5xx, time-out, no connection; or not asked, since its quota is used up. */
  | { readonly kind: 'unavailable'; readonly cause: 'throttled' | 'paced' | 'server_error' | 'timeout' | 'network' };

/** Everything that CreateToken can come to. */
export type TokenAnswer =
  | { readonly kind: 'tokens'; readonly tokens: TokenSet }
  | { readonly kind: 'pending'; readonly atQuota?: AtQuota }
  | { readonly kind: 'slow_down' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid_grant' }
  | UpstreamProblem;
