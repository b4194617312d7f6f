/** The `broker` configuration: read, checked as a whole, and turned into what the functions are given. */
import type { Fleet, Settings } from '../lambda/core/settings.ts';
import { pathText, problemSentences } from './config-problems.ts';
import {
  type BrokerConfig,
  brokerSchema,
  dualStackEndpoint,
  dualStackRegion,
  fleetSchema,
  redeliverySchema,
  throttleSchema,
} from './config-schema.ts';
import { allowFromSchema, domainSchema, privateEndpointSchema, webAclSchema } from './network-schema.ts';
import { truststoreProblems } from './truststore.ts';

export type { BrokerConfig } from './config-schema.ts';

/** The configuration cannot be used. Each problem is one sentence that says what to write instead. */
export class ConfigError extends Error {
  /** One sentence for each wrong field, with its path and what to write instead. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads a `broker` configuration, with every default filled in and every duration in seconds. Looks into the truststore,
 * if it names one.
 *
 * @param input the value of the context key `broker`, or the props of the construct
 * @param nowMs the time that certificates must not have expired at, in epoch milliseconds
 * @throws ConfigError with one sentence for each wrong field
 */
export function parseBrokerConfig(input: unknown, nowMs = Date.now()): BrokerConfig {
  const parsed = brokerSchema.safeParse(input);
  const problems = [
    ...fleetNameProblems(input),
    ...(parsed.success ? fileProblems(parsed.data, nowMs) : problemSentences(parsed.error.issues, input, knownKeys)),
  ];
  if (parsed.success && problems.length === 0) {
    return parsed.data;
  }
  throw new ConfigError(problems);
}

/** What the functions of a deployment read from their settings file. */
export function toSettings(config: BrokerConfig): Settings {
  const fleets = Object.entries(config.fleets).map(([name, fleet]) => [name, toFleet(name, fleet)] as const);
  return {
    fleets: Object.fromEntries(fleets),
    redelivery: { windowSeconds: config.redelivery.window, maxDeliveries: config.redelivery.maxDeliveries },
    deviceAuth: config.deviceAuth,
    upstreamCallsPerSecond: config.upstreamCallsPerSecond,
  };
}

function toFleet(name: string, fleet: BrokerConfig['fleets'][string]): Fleet {
  const upstreamEndpoint = fleet.upstreamEndpoint ?? derivedEndpoint(fleet.startUrl);
  return {
    name,
    startUrl: fleet.startUrl,
    region: fleet.region,
    scopes: fleet.scopes,
    approval: fleet.approval,
    release: fleet.release,
    sessionLifetimeSeconds: fleet.sessionLifetime,
    ...(fleet.portalSession !== undefined && { portalSessionSeconds: fleet.portalSession }),
    minimumIntervalSeconds: fleet.minimumInterval,
    ...(fleet.accountId === undefined ? {} : { accountId: fleet.accountId }),
    ...(fleet.roleName === undefined ? {} : { roleName: fleet.roleName }),
    ...(upstreamEndpoint === undefined ? {} : { upstreamEndpoint }),
    ...(fleet.portalEndpoint === undefined ? {} : { portalEndpoint: fleet.portalEndpoint }),
  };
}

/** A dual-stack portal wants the dual-stack OIDC endpoint; any other start URL works with the Region's own. */
function derivedEndpoint(startUrl: string): string | undefined {
  const region = dualStackRegion(startUrl);
  return region === undefined ? undefined : dualStackEndpoint(region);
}

/**
 * Names are checked here and not by the schema, which would leave out the fields of a fleet whose name is wrong.
 * (A fleet's name becomes part of keys, metrics and log lines.)
 */
function fleetNameProblems(input: unknown): string[] {
  const fleets = (input as { fleets?: unknown } | null | undefined)?.fleets;
  if (typeof fleets !== 'object' || fleets === null || Array.isArray(fleets)) {
    return [];
  }
  const advice =
    'name a fleet with small letters, digits and hyphens, a letter first, at most 32 characters, such as lobby-kiosks';
  return Object.keys(fleets)
    .filter((name) => !/^[a-z][a-z0-9-]{0,31}$/.test(name))
    .map((name) => `${pathText(['fleets', name])}: ${advice}.`);
}

/** What is wrong with the files that a configuration names. */
function fileProblems({ domain }: BrokerConfig, nowMs: number): string[] {
  if (domain?.truststore === undefined) return [];
  const where = `${pathText(['domain', 'truststore'])}: `;
  return truststoreProblems(domain.truststore, nowMs).map((problem) => `${where}${problem}.`);
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const [first] = path;
  if (path.length === 0) {
    return Object.keys(brokerSchema.shape);
  }
  return Object.keys(INNER_SCHEMAS[first as keyof typeof INNER_SCHEMAS].shape);
}

const INNER_SCHEMAS = {
  fleets: fleetSchema,
  redelivery: redeliverySchema,
  throttle: throttleSchema,
  domain: domainSchema,
  webAcl: webAclSchema,
  privateEndpoint: privateEndpointSchema,
  allowFrom: allowFromSchema,
};
