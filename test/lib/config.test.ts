import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseBrokerConfig, toSettings } from '../../lib/config.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';

const KIOSKS = MINIMAL_CONFIG.fleets.kiosks;

/** The sentences that a configuration is refused with; none when it is accepted. */
function problems(input: unknown): readonly string[] {
  try {
    parseBrokerConfig(input);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const withFleet = (fleet: object) => ({ fleets: { kiosks: { ...KIOSKS, ...fleet } } });
const withTop = (top: object) => ({ ...MINIMAL_CONFIG, ...top });

describe('a configuration', () => {
  it('needs one fleet with a start URL and a Region, and nothing else', () => {
    expect(parseBrokerConfig(MINIMAL_CONFIG)).toEqual({
      fleets: {
        kiosks: {
          ...KIOSKS,
          scopes: ['sso:account:access'],
          approval: 'immediate',
          release: 'token',
          sessionLifetime: 86_400,
          minimumInterval: 5,
        },
      },
      deviceAuth: 'client_secret',
      redelivery: { window: 300, maxDeliveries: 5 },
      loop: 'standard',
      stage: 'v1',
      removalPolicy: 'retain',
      logRetentionDays: 30,
      dashboard: true,
      savedQueries: true,
      accessLogs: false,
      throttle: { rateLimit: 5000, burstLimit: 2500, startsPerSecond: 1320 },
      upstreamCallsPerSecond: 80,
      stackName: 'FleetTokenBroker',
      terminationProtection: false,
    });
  });

  it.each([
    { region: 'us-gov-west-1' },
    { region: 'cn-north-1' },
    { region: 'eusc-de-east-1' },
    { startUrl: 'https://d-1234567890.awsapps.com/start/#/' },
    { startUrl: 'http://127.0.0.1:8788/start', upstreamEndpoint: 'http://localhost:8788' },
    { startUrl: 'https://ssoins-1234.portal.eu-west-1.app.aws', region: 'eu-west-1' },
    { startUrl: 'https://ssoins-1234.portal.eu-west-1.app.aws', upstreamEndpoint: 'https://oidc.example.com' },
    { scopes: Array.from({ length: 25 }, (_, index) => `scope:${index}`) },
    { approval: 'immediate', sessionLifetime: '90d' },
    { sessionLifetime: 60, minimumInterval: '60s' },
    { release: 'token', accountId: '123456789012', roleName: 'KioskReadOnly' },
  ])('may say %j of a fleet', (fleet) => {
    expect(problems(withFleet(fleet))).toEqual([]);
  });

  it.each([
    { deviceAuth: 'client_secret' },
    { deviceAuth: 'private_key_jwt' },
    { deviceAuth: 'iam' },
    { stage: 'prod_2' },
    { pollConcurrency: 1 },
    { upstreamCallsPerSecond: 200 },
    { terminationProtection: true },
    { redelivery: { window: '1h', maxDeliveries: 1 } },
    { redelivery: {} },
    { loop: 'standard' },
    { loop: 'express' },
    { alarmTopicArn: 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:on-call' },
    { removalPolicy: 'destroy', deletionProtection: false },
    { logRetentionDays: 3653 },
    { accessLogs: true, throttle: { rateLimit: 100, startsPerSecond: 10 } },
    { stackName: 'Broker-Two' },
  ])('may say %j of the whole', (top) => {
    expect(problems(withTop(top))).toEqual([]);
  });

  it('survives any JSON with sentences of one line each, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (whole, part) => {
        for (const input of [
          whole,
          withTop({ fleets: part }),
          withFleet({ startUrl: part, scopes: part }),
          { fleets: { a: part } },
        ]) {
          for (const sentence of problems(input)) expect(sentence).toMatch(/^broker\b[^\n]*[.?]$/);
        }
      }),
    );
  });
});

const PORTAL = 'write the https address of your access portal, such as https://d-1234567890.awsapps.com/start';
const ACCOUNT = 'write the 12 digits of the account in quotes, such as "123456789012"';
const ROLE = 'write the name of the permission set that devices may use, such as "KioskReadOnly"';
const OIDC =
  'write the https address of an SSO OIDC endpoint, such as https://oidc.us-east-1.amazonaws.com, or leave it out';
const PORTAL_API =
  'write the https address of an access portal endpoint, such as https://portal.sso.us-east-1.amazonaws.com, or leave it out';
const LIFETIME = 'write a time from "1m" to "90d", such as "24h"';
const PORTAL_SESSION =
  'write how long portal sessions last at your Identity Center, from "15m" to "90d", such as "8h", or leave it out';
const INTERVAL = 'write a whole number of seconds from 1 to 60, such as 5';
const SCOPES = 'write a list of 1 to 25 scopes, such as ["sso:account:access"]';

describe('a wrong field of a fleet', () => {
  it.each([
    [{ startUrl: undefined }, `startUrl: ${PORTAL} (it is missing).`],
    [{ startUrl: 'foo' }, `startUrl: ${PORTAL} (got "foo").`],
    [{ startUrl: 'http://d-1.awsapps.com/start' }, `startUrl: ${PORTAL} (got "http://d-1.awsapps.com/start").`],
    [{ startUrl: 'https://a:b@d-1.awsapps.com' }, `startUrl: ${PORTAL} (got "https://a:b@d-1.awsapps.com").`],
    [{ startUrl: 5 }, `startUrl: ${PORTAL} (got 5).`],
    [
      { region: 'Ireland' },
      'region: write the Region of your Identity Center instance, such as "us-east-1" (got "Ireland").',
    ],
    [
      { startUrl: 'https://x.portal.eu-west-1.app.aws' },
      'region: write the Region that the start URL names, or set upstreamEndpoint (got "us-east-1").',
    ],
    [{ scopes: [] }, `scopes: ${SCOPES} (got []).`],
    [{ scopes: 'sso:account:access' }, `scopes: ${SCOPES} (got "sso:account:access").`],
    [{ scopes: ['a b'] }, 'scopes.0: write a scope without spaces, such as "sso:account:access" (got "a b").'],
    [{ approval: 'later' }, 'approval: write "immediate" or "deferred" (got "later").'],
    [{ release: 'role' }, 'release: write "token" or "credentials" (got "role").'],
    [{ accountId: 123456789012 }, `accountId: ${ACCOUNT} (got 123456789012).`],
    [{ roleName: 'a role' }, `roleName: ${ROLE} (got "a role").`],
    [{ sessionLifetime: '2 hours' }, `sessionLifetime: ${LIFETIME} (got "2 hours").`],
    [{ sessionLifetime: 59 }, `sessionLifetime: ${LIFETIME} (got 59).`],
    [{ sessionLifetime: '91d' }, `sessionLifetime: ${LIFETIME} (got "91d").`],
    [{ sessionLifetime: true }, `sessionLifetime: ${LIFETIME} (got true).`],
    [{ portalSession: '10m' }, `portalSession: ${PORTAL_SESSION} (got "10m").`],
    [{ minimumInterval: 0 }, `minimumInterval: ${INTERVAL} (got 0).`],
    [{ minimumInterval: 61 }, `minimumInterval: ${INTERVAL} (got 61).`],
    [{ minimumInterval: 1.5 }, `minimumInterval: ${INTERVAL} (got 1.5).`],
    [{ upstreamEndpoint: 'oidc' }, `upstreamEndpoint: ${OIDC} (got "oidc").`],
    [{ portalEndpoint: 'http://example.com' }, `portalEndpoint: ${PORTAL_API} (got "http://example.com").`],
  ])('%j is told in one sentence', (fleet, sentence) => {
    expect(problems(withFleet(fleet))).toEqual([`broker.fleets.kiosks.${sentence}`]);
  });

  it('is told together with the other wrong fields, one sentence each', () => {
    const fleet = { startUrl: 'foo', region: 'bar', release: 'credentials', minimumInterval: 0 };

    const fields = problems({ fleets: { a: fleet, b: KIOSKS, c: fleet } }).map((sentence) => sentence.split(':')[0]);

    const expected = ['startUrl', 'region', 'minimumInterval', 'accountId', 'roleName'];
    expect(fields).toEqual([
      ...expected.map((f) => `broker.fleets.a.${f}`),
      ...expected.map((f) => `broker.fleets.c.${f}`),
    ]);
  });
});

describe('a field that is wrong in two ways', () => {
  it('is told once, the simpler way', () => {
    const fleet = { startUrl: 'https://x.portal.eu-west-1.app.aws', region: 'Ireland' };

    expect(problems(withFleet(fleet))).toEqual([
      'broker.fleets.kiosks.region: write the Region of your Identity Center instance, such as "us-east-1" (got "Ireland").',
    ]);
  });
});

describe('a fleet that releases credentials', () => {
  it.each([
    [
      { roleName: 'R' },
      `broker.fleets.kiosks.accountId: release "credentials" needs an account: ${ACCOUNT} (it is missing).`,
    ],
    [
      { accountId: '123456789012' },
      `broker.fleets.kiosks.roleName: release "credentials" needs a role: ${ROLE} (it is missing).`,
    ],
  ])('and names only %j is told what it needs', (fleet, sentence) => {
    expect(problems(withFleet({ release: 'credentials', ...fleet }))).toContain(sentence);
  });
});

describe('a wrong field of the whole', () => {
  const example =
    '{ "fleets": { "kiosks": { "startUrl": "https://d-1234567890.awsapps.com/start", "region": "us-east-1" } } }';
  const fleetsAdvice = 'name at least one fleet, such as { "kiosks": { "startUrl": …, "region": … } }';

  it.each([
    [undefined, `broker: write an object with at least one fleet, such as ${example} (it is missing).`],
    ['kiosks', `broker: write an object with at least one fleet, such as ${example} (got "kiosks").`],
    [{}, `broker.fleets: ${fleetsAdvice} (it is missing).`],
    [{ fleets: {} }, `broker.fleets: ${fleetsAdvice} (got {}).`],
    [{ fleets: [KIOSKS] }, /^broker\.fleets: name at least one fleet, .* \(got \[\{"startUrl":/],
    [
      { fleets: { kiosks: null } },
      'broker.fleets.kiosks: write an object with at least startUrl and region (got null).',
    ],
    [
      { fleets: { Lobby_1: KIOSKS } },
      'broker.fleets.Lobby_1: name a fleet with small letters, digits and hyphens, a letter first, at most 32 characters, such as lobby-kiosks.',
    ],
    [
      withTop({ deviceAuth: 'client-secret' }),
      'broker.deviceAuth: write "client_secret", "private_key_jwt", "iam" or "mtls" (got "client-secret").',
    ],
    [
      withTop({ stage: 'v 1' }),
      'broker.stage: write letters, digits, hyphens and underscores, at most 128 characters, such as "v1" (got "v 1").',
    ],
    [
      withTop({ upstreamCallsPerSecond: 1 }),
      'broker.upstreamCallsPerSecond: write the calls a second that Identity Center takes of one registered client, from 2 to 10000, such as 80 (got 1).',
    ],
    [
      withTop({ pollConcurrency: 0 }),
      'broker.pollConcurrency: write a whole number of invocations at once from 1 to 1000, such as 2, or leave it out (got 0).',
    ],
    [withTop({ terminationProtection: 'on' }), 'broker.terminationProtection: write true or false (got "on").'],
    [
      withTop({ redelivery: 5 }),
      'broker.redelivery: write an object such as { "window": "300s", "maxDeliveries": 5 } (got 5).',
    ],
    [
      withTop({ redelivery: { window: '2h' } }),
      'broker.redelivery.window: write a time from "1s" to "1h", such as "300s" (got "2h").',
    ],
    [
      withTop({ redelivery: { maxDeliveries: 0 } }),
      'broker.redelivery.maxDeliveries: write a whole number from 1 to 100, such as 5 (got 0).',
    ],
    [withTop({ loop: 'fast' }), 'broker.loop: write "standard" or "express" (got "fast").'],
    [
      withTop({ alarmTopicArn: 'on-call' }),
      'broker.alarmTopicArn: write the ARN of an SNS topic, such as "arn:aws:sns:us-east-1:123456789012:on-call" (got "on-call").',
    ],
    [withTop({ removalPolicy: 'snapshot' }), 'broker.removalPolicy: write "retain" or "destroy" (got "snapshot").'],
    [withTop({ deletionProtection: 'yes' }), 'broker.deletionProtection: write true or false (got "yes").'],
    [
      withTop({ logRetentionDays: 31 }),
      /^broker\.logRetentionDays: write one of the days that CloudWatch Logs keeps: 1, 3, 5, 7, 14, 30, .*3653 \(got 31\)\.$/,
    ],
    [withTop({ logRetentionDays: 9999 }), /^broker\.logRetentionDays: .*\(got 9999\)\.$/],
    [withTop({ accessLogs: 'on' }), 'broker.accessLogs: write true or false (got "on").'],
    [
      withTop({ throttle: { rateLimit: 0 } }),
      'broker.throttle.rateLimit: write a whole number of requests per second from 1 to 100000, such as 5000 (got 0).',
    ],
    [withTop({ stackName: '2nd' }), /^broker\.stackName: write letters, digits and hyphens, .* \(got "2nd"\)\.$/],
  ])('%j is told in one sentence', (input, sentence) => {
    expect(problems(input)).toEqual([typeof sentence === 'string' ? sentence : expect.stringMatching(sentence)]);
  });

  it('is not repeated in full when it is long', () => {
    expect(problems(withTop({ stackName: `1${'x'.repeat(500)}` }))[0]?.length).toBeLessThan(200);
  });
});

describe('a setting that does not exist', () => {
  it('is told with the setting that it most likely means, which is not told as missing too', () => {
    expect(problems({ flets: MINIMAL_CONFIG.fleets })).toEqual(['broker.flets is not a setting; did you mean fleets?']);
  });

  it('is told inside a fleet, whatever its letter case', () => {
    expect(problems({ fleets: { kiosks: { startURL: KIOSKS.startUrl, region: 'us-east-1' } } })).toEqual([
      'broker.fleets.kiosks.startURL is not a setting; did you mean startUrl?',
    ]);
  });

  it('is told inside the smaller objects', () => {
    expect(problems(withTop({ redelivery: { windows: 1 }, throttle: { rate: 1 } }))).toEqual([
      'broker.redelivery.windows is not a setting; did you mean window?',
      'broker.throttle.rate is not a setting; remove it, or use one of: rateLimit, burstLimit, startsPerSecond.',
    ]);
  });

  it('is told with all that exist when it resembles none', () => {
    expect(problems(withTop({ colour: 'blue' }))).toEqual([
      'broker.colour is not a setting; remove it, or use one of: fleets, deviceAuth, redelivery, loop, domain, webAcl, privateEndpoint, allowFrom, stage, throttle, upstreamCallsPerSecond, pollConcurrency, alarmTopicArn, dashboard, savedQueries, openTelemetryLayerArn, removalPolicy, deletionProtection, logRetentionDays, accessLogs, stackName, terminationProtection.',
    ]);
  });
});

describe('the settings of the functions', () => {
  it('hold every fleet with its name and its times in seconds', () => {
    const config = parseBrokerConfig({
      ...withFleet({
        sessionLifetime: '7d',
        portalSession: '8h',
        minimumInterval: '2s',
        portalEndpoint: 'https://portal.example.com',
      }),
      redelivery: { window: '5m', maxDeliveries: 3 },
    });

    expect(toSettings(config)).toEqual({
      fleets: {
        kiosks: {
          name: 'kiosks',
          ...KIOSKS,
          scopes: ['sso:account:access'],
          approval: 'immediate',
          release: 'token',
          sessionLifetimeSeconds: 604_800,
          portalSessionSeconds: 28_800,
          minimumIntervalSeconds: 2,
          portalEndpoint: 'https://portal.example.com',
        },
      },
      redelivery: { windowSeconds: 300, maxDeliveries: 3 },
      deviceAuth: 'client_secret',
      upstreamCallsPerSecond: 80,
    });
  });

  it.each(['client_secret', 'private_key_jwt', 'iam'])('say that devices prove themselves with %s', (deviceAuth) => {
    expect(toSettings(parseBrokerConfig(withTop({ deviceAuth }))).deviceAuth).toBe(deviceAuth);
  });

  it('send a dual-stack portal to the dual-stack endpoint of its Region', () => {
    const fleet = { startUrl: 'https://ssoins-1234.portal.eu-west-1.app.aws/', region: 'eu-west-1' };

    const { fleets } = toSettings(parseBrokerConfig(withFleet(fleet)));

    expect(fleets.kiosks?.upstreamEndpoint).toBe('https://oidc.eu-west-1.api.aws');
  });

  it('prefer the endpoint that is configured', () => {
    const fleet = {
      startUrl: 'https://ssoins-1.portal.eu-west-1.app.aws',
      upstreamEndpoint: 'https://oidc.example.com',
    };

    const { fleets } = toSettings(parseBrokerConfig(withFleet(fleet)));

    expect(fleets.kiosks?.upstreamEndpoint).toBe('https://oidc.example.com');
  });

  it('leave out what is not configured, so that they survive JSON unchanged', () => {
    const settings = toSettings(parseBrokerConfig(MINIMAL_CONFIG));

    expect(JSON.parse(JSON.stringify(settings))).toStrictEqual(settings);
  });
});
