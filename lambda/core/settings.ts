/**
 * The settings that a deployment gives its functions: a file beside each bundle, written when the app is synthesized.
 * (A file, not an environment variable: all variables of a function together may hold 4 KB, which is a dozen fleets.)
 */

/** How a fleet's sessions are approved: at once on AWS's page, or whenever an operator opens the broker's own. */
export type ApprovalMode = 'immediate' | 'deferred';

/** What an approved device receives: the Identity Center token, or a handle that fetches role credentials. */
export type ReleaseMode = 'token' | 'credentials';

/**
 * How devices prove who they are: the secret of their registration; a signed assertion of their own key (RFC 7523
 * `private_key_jwt`); AWS credentials, which API Gateway checks; or a certificate, which API Gateway checks (mutual TLS).
 */
export type DeviceAuth = (typeof DEVICE_AUTHS)[number];

export const DEVICE_AUTHS = ['client_secret', 'private_key_jwt', 'iam', 'mtls'] as const;

/** A fleet: the named policy under which devices sign in. */
export interface Fleet {
  readonly name: string;
  /** The Identity Center start URL that is sent upstream, as configured. */
  readonly startUrl: string;
  /** The Region of the Identity Center instance. */
  readonly region: string;
  /** Scopes of the broker's own upstream registration. */
  readonly scopes: readonly string[];
  readonly approval: ApprovalMode;
  readonly release: ReleaseMode;
  /** The one account that `release: credentials` hands out, 12 digits. */
  readonly accountId?: string;
  /** The one permission set that `release: credentials` hands out. */
  readonly roleName?: string;
  /** Life of a deferred session in seconds. */
  readonly sessionLifetimeSeconds: number;
  /** The least time between two polls of one session in seconds, whatever upstream allows. */
  readonly minimumIntervalSeconds: number;
  /**
   * How long a portal session lasts at this Identity Center, in seconds: its administrator's setting, which no API tells.
   * With it the broker foresees when sign-ins end.
   */
  readonly portalSessionSeconds?: number;
  /** The SSO OIDC endpoint to call instead of the Region's own. */
  readonly upstreamEndpoint?: string;
  /** The access portal endpoint to call instead of the Region's own. */
  readonly portalEndpoint?: string;
}

/** How often, and for how long after the first delivery, one device code's answer may be delivered again. */
export interface RedeliverySettings {
  readonly windowSeconds: number;
  readonly maxDeliveries: number;
}

/** Everything that a function reads from its settings file. */
export interface Settings {
  readonly fleets: Readonly<Record<string, Fleet>>;
  readonly redelivery: RedeliverySettings;
  readonly deviceAuth: DeviceAuth;
  /** Calls a second that Identity Center takes of one registered client: its quota. */
  readonly upstreamCallsPerSecond: number;
}
