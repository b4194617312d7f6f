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
   * How long a device of this fleet may wait for a person before the alarm OldestWaiting tells: less than `sessionLifetime`, or
   * with immediate approval less than the ten minutes of a code of AWS.
   * @default - four fifths of `sessionLifetime` with deferred approval; with immediate approval no such alarm
   */
  readonly waitingAlarm?: DurationText;
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
   * Requests per second. An account has 10,000 for all its APIs of a Region, unless AWS has changed its quota.
   * @default 5000
   */
  readonly rateLimit?: number;
  /**
   * Requests at once.
   * @default 2500
   */
  readonly burstLimit?: number;
  /**
   * Starts of sign-ins (POST /device_authorization) per second, and at once; as many again below an enrollment key. A start is
   * three writes, and a new on-demand table takes 4,000 writes a second. Raise it when yours has been warmed up for more. The
   * other limits hold for starts too.
   * @default 1320
   */
  readonly startsPerSecond?: number;
}

/** A name of one's own for the API. */
export interface DomainProps {
  /** The name, such as `broker.example.com`. */
  readonly name: string;
  /** The certificate of the name, in AWS Certificate Manager and in the Region of the broker. */
  readonly certificateArn: string;
  /**
   * The Route 53 zone that receives an alias record of the name.
   * @default - none; the output DomainTarget says where a CNAME of the name must point
   */
  readonly hostedZoneId?: string;
  /**
   * The path of a PEM file with the CA certificates that device certificates are checked against, relative to the folder of
   * cdk.json. With `deviceAuth: 'mtls'`, and only then.
   * @default - none
   */
  readonly truststore?: string;
}

/** What one address may send before AWS WAF answers `slow_down` in the broker's place. */
export interface WebAclProps {
  /**
   * Requests of one address within five minutes. A thousand devices behind one address that all wait for their approval make
   * 60,000.
   * @default 100000
   */
  readonly requestsPerFiveMinutes?: number;
}

/** Where a private API is reached. */
export interface PrivateEndpointProps {
  /** VPC endpoints of the service `execute-api`, 1 to 20. The outputs name the address at the first. */
  readonly vpcEndpointIds: readonly string[];
}

/** From where the API may be called. */
export interface AllowFromProps {
  /**
   * Ranges of addresses, 1 to 100: public ones, or with `privateEndpoint` those inside the VPC.
   * @default - none
   */
  readonly cidrs?: readonly string[];
  /**
   * VPC endpoints of a private API, 1 to 20.
   * @default - none
   */
  readonly vpcEndpointIds?: readonly string[];
}

/** A broker. */
export interface FleetTokenBrokerProps {
  /** The fleets by name (small letters, digits and hyphens), at least one. */
  readonly fleets: Readonly<Record<string, FleetProps>>;
  /**
   * How devices prove who they are: with the `client_secret` of their registration, with assertions that their own key signs
   * (`private_key_jwt`), with AWS credentials (`iam`), or with a certificate (`mtls`).
   * @default 'client_secret'
   */
  readonly deviceAuth?: 'client_secret' | 'private_key_jwt' | 'iam' | 'mtls';
  /**
   * How an answer that got lost is delivered again.
   * @default - for 300 seconds, five deliveries
   */
  readonly redelivery?: RedeliveryProps;
  /**
   * The kind of Step Functions workflow that polls: `standard`, whose executions AWS keeps to be looked at for 90 days, or
   * `express`, which costs a tenth where sessions come one by one and tells of executions in its log only.
   * @default 'standard'
   */
  readonly loop?: 'standard' | 'express';
  /**
   * A name of one's own for the API.
   * @default - the name that API Gateway gives it
   */
  readonly domain?: DomainProps;
  /**
   * Whether AWS WAF stands before the API: the managed rules against common attacks, bad inputs and addresses of bad repute,
   * and a limit for each address.
   * @default false
   */
  readonly webAcl?: boolean | WebAclProps;
  /**
   * Makes the API private: reached through these VPC endpoints and from nowhere else.
   * @default - the API is public
   */
  readonly privateEndpoint?: PrivateEndpointProps;
  /**
   * Refuses callers from elsewhere, operators included. Signatures, keys and secrets are asked for as before.
   * @default - from everywhere
   */
  readonly allowFrom?: AllowFromProps;
  /**
   * The name of the API's stage: the path of its address, and nothing else.
   * @default "v1"
   */
  readonly stage?: string;
  /**
   * What the API lets through before it answers `slow_down`.
   * @default - 5000 requests per second, 2500 at once, and 1320 starts per second
   */
  readonly throttle?: ThrottleProps;
  /**
   * The most invocations of the poll function at once, each of which makes up to 25 calls to Identity Center at once.
   * @default - no limit of its own
   */
  readonly pollConcurrency?: number;
  /**
   * Calls a second that Identity Center takes of one registered client: CreateToken and StartDeviceAuthorization together.
   * Once it throttles, the broker stays below this. Change it when AWS has changed your quota.
   * @default 80
   */
  readonly upstreamCallsPerSecond?: number;
  /**
   * The SNS topic that alarms are sent to.
   * @default - no alarms
   */
  readonly alarmTopicArn?: string;
  /**
   * Whether there is a CloudWatch dashboard. The first three of an account, of up to 50 metrics, are free (with one fleet this
   * one has no more); any other costs 3 USD a month.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * Whether the account gets the queries that the runbooks name, in a folder with the stack's name in CloudWatch Logs
   * Insights. They cost nothing until one is run. Emulators of AWS do not know them: where the CDK CLI finds
   * `AWS_ENDPOINT_URL` set, they are left out unless this says otherwise.
   * @default true
   */
  readonly savedQueries?: boolean;
  /**
   * A version of the Lambda layer of AWS's distribution of OpenTelemetry for JavaScript, in the broker's Region and for arm64. With
   * it the functions are traced by OpenTelemetry, all but the one that answers devices: its addresses may hold enrollment keys
   * and user codes, and the layer writes addresses into traces.
   * @default - X-Ray's own traces only
   */
  readonly openTelemetryLayerArn?: string;
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
}

/** A broker in a stack of its own: what stands under `broker` in cdk.json. */
export interface BrokerStackProps extends FleetTokenBrokerProps {
  /**
   * The stack's name. A second broker in one account and Region needs another.
   * @default 'FleetTokenBroker'
   */
  readonly stackName?: string;
  /**
   * Whether CloudFormation refuses to delete the stack.
   * @default false
   */
  readonly terminationProtection?: boolean;
}
