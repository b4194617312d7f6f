/** Configurations as people would write them: what every template is held against, by whatever checks templates. */

const PORTAL = { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' };

/** One fleet and nothing else: what the committed cdk.json says. */
const minimal = { fleets: { kiosks: PORTAL } };

/** Devices that may wait for their operator for days. */
const deferred = { fleets: { robots: { ...PORTAL, approval: 'deferred', sessionLifetime: '7d' } } };

/** Devices that get one role's credentials and never a token. */
const credentials = {
  fleets: { gateways: { ...PORTAL, release: 'credentials', accountId: '123456789012', roleName: 'GatewayReadOnly' } },
};

/** Every setting there is, none at its default. */
const everything = {
  fleets: {
    kiosks: { ...PORTAL, minimumInterval: 10, scopes: ['sso:account:access', 'codewhisperer:completions'] },
    robots: {
      startUrl: 'https://ssoins-1234567890abcdef.portal.eu-central-1.app.aws',
      region: 'eu-central-1',
      approval: 'deferred',
      sessionLifetime: '90d',
    },
    gateways: {
      ...credentials.fleets.gateways,
      upstreamEndpoint: 'https://oidc.us-east-1.api.aws',
      portalEndpoint: 'https://portal.sso.us-east-1.api.aws',
    },
  },
  stackName: 'Broker-Test',
  redelivery: { window: '10m', maxDeliveries: 3 },
  alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:on-call',
  removalPolicy: 'destroy',
  deletionProtection: false,
  logRetentionDays: 365,
  accessLogs: true,
  throttle: { rateLimit: 500, burstLimit: 250 },
};

/** The examples by name. */
export const EXAMPLE_CONFIGS: Readonly<Record<string, object>> = { minimal, deferred, credentials, everything };
