/** Configurations as people would write them: what every template is held against, by whatever checks templates. */

import { fileURLToPath } from 'node:url';

const PORTAL = { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' };

/** One fleet and nothing else: what the committed cdk.json says. */
const minimal = { fleets: { kiosks: PORTAL } };

/** Devices that may wait for their operator for days. */
const deferred = { fleets: { robots: { ...PORTAL, approval: 'deferred', sessionLifetime: '7d' } } };

/** Devices that get one role's credentials and never a token. */
const credentials = {
  fleets: { gateways: { ...PORTAL, release: 'credentials', accountId: '123456789012', roleName: 'GatewayReadOnly' } },
};

/** Devices with AWS credentials of their own, known networks only. */
const signed = {
  ...minimal,
  deviceAuth: 'iam',
  allowFrom: { cidrs: ['203.0.113.0/24', '2001:db8::/32'] },
  webAcl: true,
};

const domain = {
  name: 'broker.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
};

/** Devices with certificates, at a domain that some other zone holds. */
const certificates = {
  ...deferred,
  deviceAuth: 'mtls',
  domain: { ...domain, truststore: fileURLToPath(new URL('device-ca.pem', import.meta.url)) },
  webAcl: { requestsPerFiveMinutes: 5_000 },
};

/** Everything inside a VPC. */
const insideVpc = {
  ...minimal,
  deviceAuth: 'private_key_jwt',
  privateEndpoint: { vpcEndpointIds: ['vpce-0a1b2c3d4e5f67890', 'vpce-0a1b2c3d4e5f67891'] },
  allowFrom: { cidrs: ['10.0.0.0/8'], vpcEndpointIds: ['vpce-0a1b2c3d4e5f67891'] },
};

/** Every setting that goes together with the others, none at its default. */
const everything = {
  fleets: {
    kiosks: { ...PORTAL, minimumInterval: 10, scopes: ['sso:account:access', 'codewhisperer:completions'] },
    robots: {
      startUrl: 'https://ssoins-1234567890abcdef.portal.eu-central-1.app.aws',
      region: 'eu-central-1',
      approval: 'deferred',
      sessionLifetime: '90d',
      waitingAlarm: '7d',
    },
    gateways: {
      ...credentials.fleets.gateways,
      upstreamEndpoint: 'https://oidc.us-east-1.api.aws',
      portalEndpoint: 'https://portal.sso.us-east-1.api.aws',
    },
  },
  stackName: 'Broker-Test',
  terminationProtection: true,
  deviceAuth: 'private_key_jwt',
  domain: { ...domain, hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
  webAcl: true,
  allowFrom: { cidrs: ['203.0.113.0/24'] },
  stage: 'prod',
  upstreamCallsPerSecond: 200,
  pollConcurrency: 2,
  redelivery: { window: '10m', maxDeliveries: 3 },
  alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:on-call',
  dashboard: false,
  openTelemetryLayerArn: 'arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroJs:10',
  removalPolicy: 'destroy',
  deletionProtection: false,
  logRetentionDays: 365,
  accessLogs: true,
  throttle: { rateLimit: 500, burstLimit: 250, startsPerSecond: 100 },
};

/** The examples by name. */
export const EXAMPLE_CONFIGS = {
  minimal,
  deferred,
  credentials,
  signed,
  certificates,
  insideVpc,
  everything,
} satisfies Readonly<Record<string, object>>;
