/**
 * The shape of the `broker` configuration. Every field carries the advice that is printed when it is wrong, written so
 * that `<path>: <advice> (got <value>).` reads as one sentence.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { durationSeconds } from './duration.ts';

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
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;

const APPROVALS = ['immediate', 'deferred'] as const;
const RELEASES = ['token', 'credentials'] as const;

/** The retentions that CloudWatch Logs accepts, in days. (9999 is the CDK's word for "for ever".) */
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is number => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** True for an https address, and for a plain http one on this machine (where there is nobody to listen in). */
function isServiceAddress(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '') {
    return false;
  }
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname));
}

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

const text = (advice: string, pattern: RegExp) => z.string(advice).regex(pattern, advice);
const address = (advice: string) => z.string(advice).refine(isServiceAddress, advice);
const whole = (advice: string, least: number, most: number) => z.int(advice).min(least, advice).max(most, advice);

/** A duration between two bounds, in seconds once parsed. */
const duration = (advice: string, leastSeconds: number, mostSeconds: number) =>
  z.union([z.number(), z.string()], advice).transform((value, context) => {
    const seconds = durationSeconds(value);
    if (seconds !== undefined && seconds >= leastSeconds && seconds <= mostSeconds) {
      return seconds;
    }
    context.addIssue({ code: 'custom', message: advice });
    return z.NEVER;
  });

const scopeAdvice = 'write a scope without spaces, such as "sso:account:access"';
const scopesAdvice = 'write a list of 1 to 25 scopes, such as ["sso:account:access"]';
const accountAdvice = 'write the 12 digits of the account in quotes, such as "123456789012"';
const roleAdvice = 'write the name of the permission set that devices may use, such as "KioskReadOnly"';

/** Cross-field rules look at fields that may themselves be wrong, so they run always and check what they touch. */
const always = { when: () => true };

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
  .refine((fleet) => startUrlMatchesRegion(fleet), {
    ...always,
    path: ['region'],
    error: 'write the Region that the start URL names, or set upstreamEndpoint',
  });

/** True when the fleet asks for one role's credentials. */
function releasesCredentials(fleet: { release?: unknown } | null | undefined): boolean {
  return fleet?.release === 'credentials';
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
    rateLimit: whole('write a whole number of requests per second from 1 to 100000, such as 2000', 1, 100_000).default(
      2000,
    ),
    burstLimit: whole('write a whole number of requests from 1 to 100000, such as 1000', 1, 100_000).default(1000),
  },
  'write an object such as { "rateLimit": 2000, "burstLimit": 1000 }',
);

const fleetsAdvice = 'name at least one fleet, such as { "kiosks": { "startUrl": …, "region": … } }';
const retentionAdvice = `write one of the days that CloudWatch Logs keeps: ${RETENTION_DAYS.join(', ')}`;

/** The whole `broker` configuration. */
export const brokerSchema = z.strictObject(
  {
    fleets: z
      .record(z.string(), fleetSchema, fleetsAdvice)
      .refine((fleets) => Object.keys(fleets).length > 0, { error: fleetsAdvice }),
    deviceAuth: z.literal('client-secret', 'write "client-secret", or leave it out').default('client-secret'),
    redelivery: redeliverySchema.prefault({}),
    loop: z.literal('standard', 'write "standard", or leave it out').default('standard'),
    alarmTopicArn: text(
      'write the ARN of an SNS topic, such as "arn:aws:sns:us-east-1:123456789012:on-call"',
      TOPIC_ARN,
    ).optional(),
    removalPolicy: z.enum(['retain', 'destroy'], 'write "retain" or "destroy"').default('retain'),
    deletionProtection: z.boolean('write true or false').optional(),
    logRetentionDays: z.literal(RETENTION_DAYS, retentionAdvice).default(30),
    accessLogs: z.boolean('write true or false').default(false),
    throttle: throttleSchema.prefault({}),
    stackName: text(
      'write letters, digits and hyphens, a letter first, at most 128 characters, such as "FleetTokenBroker"',
      STACK_NAME,
    ).default('FleetTokenBroker'),
  },
  `write an object with at least one fleet, such as ${EXAMPLE_BROKER}`,
);

/** The configuration with every default filled in and every duration in seconds. */
export type BrokerConfig = z.output<typeof brokerSchema>;
