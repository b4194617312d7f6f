/**
 * The shape of the `broker` configuration. Every field carries the advice that is printed when it is wrong, written so
 * that `<path>: <advice> (got <value>).` reads as one sentence.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { durationSeconds } from './duration.ts';
import { allowFromSchema, domainSchema, privateEndpointSchema, webAclSetting } from './network-schema.ts';
import { address, always, duration, templateText, text, whole, yesOrNo } from './schema-fields.ts';

/** The shortest configuration that works, for messages. */
export const EXAMPLE_BROKER =
  '{ "fleets": { "kiosks": { "startUrl": "https://d-1234567890.awsapps.com/start", "region": "us-east-1" } } }';

const REGION = /^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/;
/** RFC 6749 §3.3: printable ASCII without space, `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** Dual-stack access portals carry their Region in their name. */
const DUAL_STACK_PORTAL = /\.portal\.([a-z0-9-]+)\.app\.aws$/;
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;
const STAGE_NAME = /^[A-Za-z0-9_-]{1,128}$/;
const LAYER_VERSION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]{1,140}:\d{1,9}$/;
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;

const DEVICE_AUTHS = ['client_secret', 'private_key_jwt', 'iam', 'mtls'] as const;
const APPROVALS = ['immediate', 'deferred'] as const;
const RELEASES = ['token', 'credentials'] as const;

/** The retentions that CloudWatch Logs accepts, in days. (9999 is the CDK's word for "for ever".) */
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is number => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/**
 * The Region of a dual-stack start URL, or undefined for any other start URL.
 *
 * @param startUrl an access portal address, such as `https://ssoins-1234.portal.eu-west-1.app.aws`
 */
export function dualStackRegion(startUrl: string): string | undefined {
  return DUAL_STACK_PORTAL.exec(URL.parse(startUrl)?.hostname ?? '')?.[1];
}

/** The OIDC endpoint that belongs to a dual-stack portal: the regional one answers with a link of the wrong family. */
export function dualStackEndpoint(region: string): string {
  return `https://oidc.${region}.api.aws`;
}

const scopeAdvice = 'write a scope without spaces, such as "sso:account:access"';
const scopesAdvice = 'write a list of 1 to 25 scopes, such as ["sso:account:access"]';
const accountAdvice = 'write the 12 digits of the account in quotes, such as "123456789012"';
const roleAdvice = 'write the name of the permission set that devices may use, such as "KioskReadOnly"';

/** One fleet: the policy under which its devices sign in. */
export const fleetSchema = z
  .strictObject(
    {
      startUrl: address(
        'write the https address of your access portal, such as https://d-1234567890.awsapps.com/start',
      ),
      region: text('write the Region of your Identity Center instance, such as "us-east-1"', REGION),
      scopes: z
        .array(text(scopeAdvice, SCOPE_TOKEN), scopesAdvice)
        .min(1, scopesAdvice)
        .max(25, scopesAdvice)
        .default(['sso:account:access']),
      approval: z.enum(APPROVALS, 'write "immediate" or "deferred"').default('immediate'),
      release: z.enum(RELEASES, 'write "token" or "credentials"').default('token'),
      accountId: text(accountAdvice, /^\d{12}$/).optional(),
      roleName: text(roleAdvice, ROLE_NAME).optional(),
      sessionLifetime: duration('write a time from "1m" to "90d", such as "24h"', 60, 90 * 86_400).default(86_400),
      portalSession: duration(
        'write how long portal sessions last at your Identity Center, from "15m" to "90d", such as "8h", or leave it out',
        900,
        90 * 86_400,
      ).optional(),
      minimumInterval: duration('write a whole number of seconds from 1 to 60, such as 5', 1, 60).default(5),
      waitingAlarm: duration(
        'write how long a device may wait for a person before the alarm tells, from "1m" to "90d", such as "2h", or leave it out',
        60,
        90 * 86_400,
      ).optional(),
      upstreamEndpoint: address(
        'write the https address of an SSO OIDC endpoint, such as https://oidc.us-east-1.amazonaws.com, or leave it out',
      ).optional(),
      portalEndpoint: address(
        'write the https address of an access portal endpoint, such as https://portal.sso.us-east-1.amazonaws.com, or leave it out',
      ).optional(),
    },
    'write an object with at least startUrl and region',
  )
  .refine((fleet) => !releasesCredentials(fleet) || fleet.accountId !== undefined, {
    ...always,
    path: ['accountId'],
    error: `release "credentials" needs an account: ${accountAdvice}`,
  })
  .refine((fleet) => !releasesCredentials(fleet) || fleet.roleName !== undefined, {
    ...always,
    path: ['roleName'],
    error: `release "credentials" needs a role: ${roleAdvice}`,
  })
  .refine((fleet) => waitingAlarmCanGoOff(fleet), {
    ...always,
    path: ['waitingAlarm'],
    error:
      'no session waits that long: write less than sessionLifetime, or with immediate approval less than the "10m" of a code of AWS',
  })
  .refine((fleet) => startUrlMatchesRegion(fleet), {
    ...always,
    path: ['region'],
    error: 'write the Region that the start URL names, or set upstreamEndpoint',
  });

/** True when the fleet asks for one role's credentials. */
function releasesCredentials(fleet: { release?: unknown } | null | undefined): boolean {
  return fleet?.release === 'credentials';
}

/** RFC 8628 §3.2: an upstream code ends by itself, at AWS after ten minutes. */
const UPSTREAM_CODE_SECONDS = 600;

/** An alarm on a wait that is longer than any session lives would never tell. */
function waitingAlarmCanGoOff(fleet: { [name: string]: unknown } | null | undefined): boolean {
  const seconds = durationOf(fleet?.waitingAlarm);
  const lifetime =
    fleet?.approval === 'deferred' ? (durationOf(fleet.sessionLifetime) ?? 86_400) : UPSTREAM_CODE_SECONDS;
  return seconds === undefined || seconds < lifetime;
}

/** The seconds of a duration, before or after it is read; undefined for what is none. */
function durationOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? durationSeconds(value) : undefined;
}

/** A dual-stack start URL names its Region; another Region's endpoint would not know it. */
function startUrlMatchesRegion(fleet: { startUrl?: unknown; region?: unknown; upstreamEndpoint?: unknown }): boolean {
  if (typeof fleet?.startUrl !== 'string' || fleet.upstreamEndpoint !== undefined) {
    return true;
  }
  const named = dualStackRegion(fleet.startUrl);
  return named === undefined || fleet.region === undefined || named === fleet.region;
}

/** How long, and how often, one device code's answer is delivered again. */
export const redeliverySchema = z.strictObject(
  {
    window: duration('write a time from "1s" to "1h", such as "300s"', 1, 3600).default(300),
    maxDeliveries: whole('write a whole number from 1 to 100, such as 5', 1, 100).default(5),
  },
  'write an object such as { "window": "300s", "maxDeliveries": 5 }',
);

/** What one stage lets through before it answers `slow_down`. */
export const throttleSchema = z.strictObject(
  {
    rateLimit: whole('write a whole number of requests per second from 1 to 100000, such as 5000', 1, 100_000).default(
      5000,
    ),
    burstLimit: whole('write a whole number of requests from 1 to 100000, such as 2500', 1, 100_000).default(2500),
    startsPerSecond: whole(
      'write a whole number of starts per second from 1 to 100000, such as 1320',
      1,
      100_000,
    ).default(1320),
  },
  'write an object such as { "rateLimit": 5000, "burstLimit": 2500, "startsPerSecond": 1320 }',
);

const fleetsAdvice = 'name at least one fleet, such as { "kiosks": { "startUrl": …, "region": … } }';
const retentionAdvice = `write one of the days that CloudWatch Logs keeps: ${RETENTION_DAYS.join(', ')}`;

const brokerFields = z.strictObject(
  {
    fleets: z
      .record(z.string(), fleetSchema, fleetsAdvice)
      .refine((fleets) => Object.keys(fleets).length > 0, { error: fleetsAdvice }),
    deviceAuth: z
      .enum(DEVICE_AUTHS, 'write "client_secret", "private_key_jwt", "iam" or "mtls"')
      .default('client_secret'),
    redelivery: redeliverySchema.prefault({}),
    loop: z.enum(['standard', 'express'], 'write "standard" or "express"').default('standard'),
    domain: domainSchema.optional(),
    webAcl: webAclSetting,
    privateEndpoint: privateEndpointSchema.optional(),
    allowFrom: allowFromSchema.optional(),
    stage: text(
      'write letters, digits, hyphens and underscores, at most 128 characters, such as "v1"',
      STAGE_NAME,
    ).default('v1'),
    throttle: throttleSchema.prefault({}),
    upstreamCallsPerSecond: whole(
      'write the calls a second that Identity Center takes of one registered client, from 2 to 10000, such as 80',
      2,
      10_000,
    ).default(80),
    pollConcurrency: whole(
      'write a whole number of invocations at once from 1 to 1000, such as 2, or leave it out',
      1,
      1000,
    ).optional(),
    alarmTopicArn: templateText(
      'write the ARN of an SNS topic, such as "arn:aws:sns:us-east-1:123456789012:on-call"',
      (arn) => TOPIC_ARN.test(arn),
    ).optional(),
    dashboard: yesOrNo().default(true),
    savedQueries: yesOrNo().default(true),
    openTelemetryLayerArn: templateText(
      'write the ARN of a version of a Lambda layer, such as "arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroJs:10", or leave it out',
      (arn) => LAYER_VERSION_ARN.test(arn),
    ).optional(),
    removalPolicy: z.enum(['retain', 'destroy'], 'write "retain" or "destroy"').default('retain'),
    deletionProtection: yesOrNo().optional(),
    logRetentionDays: z.literal(RETENTION_DAYS, retentionAdvice).default(30),
    accessLogs: yesOrNo().default(false),
    stackName: text(
      'write letters, digits and hyphens, a letter first, at most 128 characters, such as "FleetTokenBroker"',
      STACK_NAME,
    ).default('FleetTokenBroker'),
    terminationProtection: yesOrNo().default(false),
  },
  `write an object with at least one fleet, such as ${EXAMPLE_BROKER}`,
);

/** A value as it was written, when there is one. */
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value);

const hasTruststore = (broker: unknown): boolean => at(broker, 'domain', 'truststore') !== undefined;
const isMutualTls = (broker: unknown): boolean => at(broker, 'deviceAuth') === 'mtls';
const isPrivate = (broker: unknown): boolean => at(broker, 'privateEndpoint') !== undefined;

/** The whole `broker` configuration, with the rules that hold between its settings. */
export const brokerSchema = brokerFields
  .refine((broker) => !isMutualTls(broker) || hasTruststore(broker), {
    ...always,
    path: ['domain'],
    error:
      'deviceAuth "mtls" needs a domain with a truststore: write { "name": …, "certificateArn": …, "truststore": "device-ca.pem" }',
  })
  .refine((broker) => isMutualTls(broker) || !hasTruststore(broker), {
    ...always,
    path: ['domain', 'truststore'],
    error: 'only deviceAuth "mtls" asks devices for certificates: set it, or remove the truststore',
  })
  .refine((broker) => !isPrivate(broker) || (at(broker, 'domain') === undefined && !isMutualTls(broker)), {
    ...always,
    path: ['privateEndpoint'],
    error: 'a private API has no domain and no mutual TLS: remove privateEndpoint, or domain and deviceAuth "mtls"',
  })
  .refine((broker) => isPrivate(broker) || at(broker, 'allowFrom', 'vpcEndpointIds') === undefined, {
    ...always,
    path: ['allowFrom', 'vpcEndpointIds'],
    error: 'only a private API is called through VPC endpoints: set privateEndpoint to these, or remove them',
  });

/** The configuration with every default filled in and every duration in seconds. */
export type BrokerConfig = z.output<typeof brokerSchema>;
