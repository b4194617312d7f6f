/** What a deployment can be told: the props of the construct, and with the same names the `broker` key of cdk.json. */

/**
 * A time: whole seconds, or a whole number with a unit, such as `"300s"`, `"5m"`, `"24h"`, `"90d"`.
 */
export type DurationText = number | string;

/** One fleet: the named policy under which its devices sign in. */
export interface FleetProps {
  /** The address of the access portal, such as `https://d-1234567890.awsapps.com/start`. */
  readonly startUrl: string;
  /** The Region of the Identity Center instance. */
  readonly region: string;
  /**
   * Scopes that the broker asks Identity Center for, 1 to 25.
   * @default ["sso:account:access"]
   */
  readonly scopes?: readonly string[];
  /**
   * How a session is approved: `immediate`, on AWS's own page within its ten minutes, or `deferred`, whenever a person
   * opens the broker's own page, which goes on to AWS.
   * @default 'immediate'
   */
  readonly approval?: 'immediate' | 'deferred';
  /**
   * What an approved device receives: the Identity Center `token`, or a handle that fetches role `credentials` of the
   * one account and role below.
   * @default 'token'
   */
  readonly release?: 'token' | 'credentials';
  /**
   * The one account of a fleet that releases role credentials, 12 digits.
   * @default - none
   */
  readonly accountId?: string;
  /**
   * The one permission set of a fleet that releases role credentials.
   * @default - none
   */
  readonly roleName?: string;
  /**
   * How long a session may wait for its operator before it is begun upstream, from a minute to 90 days.
   * @default "24h"
   */
  readonly sessionLifetime?: DurationText;
  /**
   * How long portal sessions last at this Identity Center, from 15 minutes to 90 days: its administrator's setting, which no
   * API tells. With it operators see, and are told, when sign-ins are about to end.
   * @default - not known; a sign-in is expected to last as long as the broker's registration
   */
  readonly portalSession?: DurationText;
  /**
   * The least time between two polls of one session, 1 to 60 seconds, whatever upstream allows.
   * @default 5
   */
  readonly minimumInterval?: DurationText;
  /**
   * The SSO OIDC endpoint to call.
   * @default - the Region's own; for a dual-stack start URL the Region's dual-stack endpoint
   */
  readonly upstreamEndpoint?: string;
  /**
   * The access portal endpoint to call.
   * @default - the Region's own
   */
  readonly portalEndpoint?: string;
}

/** How long, and how often, one device code's answer is delivered again to the same device. */
export interface RedeliveryProps {
  /**
   * From a second to an hour after the first delivery.
   * @default "300s"
   */
  readonly window?: DurationText;
  /**
   * Deliveries of one answer, the first included, 1 to 100.
   * @default 5
   */
  readonly maxDeliveries?: number;
}

/** What the API lets through before it answers `slow_down`. */
export interface ThrottleProps {
  /**
   * Requests per second.
   * @default 2000
   */
  readonly rateLimit?: number;
  /**
   * Requests at once.
   * @default 1000
   */
  readonly burstLimit?: number;
}

/** A broker. */
export interface FleetTokenBrokerProps {
  /** The fleets by name (small letters, digits and hyphens), at least one. */
  readonly fleets: Readonly<Record<string, FleetProps>>;
  /**
   * How devices prove who they are.
   * @default 'client-secret'
   */
  readonly deviceAuth?: 'client-secret';
  /**
   * How an answer that got lost is delivered again.
   * @default - for 300 seconds, five deliveries
   */
  readonly redelivery?: RedeliveryProps;
  /**
   * The kind of Step Functions workflow that polls.
   * @default 'standard'
   */
  readonly loop?: 'standard';
  /**
   * The SNS topic that alarms are sent to.
   * @default - no alarms
   */
  readonly alarmTopicArn?: string;
  /**
   * What becomes of the table and its key when the stack is deleted.
   * @default 'retain'
   */
  readonly removalPolicy?: 'retain' | 'destroy';
  /**
   * Whether the table refuses to be deleted.
   * @default - true with `removalPolicy: 'retain'`, otherwise false
   */
  readonly deletionProtection?: boolean;
  /**
   * Days that logs are kept, one of those that CloudWatch Logs knows.
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Whether the API writes an access log. The account must have API Gateway's logging role set in this Region already:
   * there is one for all APIs, so this stack does not touch it.
   * @default false
   */
  readonly accessLogs?: boolean;
  /**
   * What the API lets through before it answers `slow_down`.
   * @default - 2000 requests per second, 1000 at once
   */
  readonly throttle?: ThrottleProps;
}

/** A broker in a stack of its own: what stands under `broker` in cdk.json. */
export interface BrokerStackProps extends FleetTokenBrokerProps {
  /**
   * The stack's name. A second broker in one account and Region needs another.
   * @default 'FleetTokenBroker'
   */
  readonly stackName?: string;
}
