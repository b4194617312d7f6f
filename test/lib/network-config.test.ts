import { Token } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseBrokerConfig } from '../../lib/config.ts';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';

/** The sentences that a configuration is refused with; none when it is accepted. */
function problems(settings: object): readonly string[] {
  try {
    parseBrokerConfig({ ...MINIMAL_CONFIG, ...settings });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const { certificateArn } = EXAMPLE_CONFIGS.everything.domain;
const { domain: domainWithTruststore } = EXAMPLE_CONFIGS.certificates;
const domain = { name: 'broker.example.com', certificateArn };
const privateEndpoint = { vpcEndpointIds: ['vpce-0a1b2c3d'] };

describe('the settings of the network', () => {
  it.each([
    { domain },
    { domain: { ...domain, hostedZoneId: 'Z1' } },
    { domain: { ...domain, certificateArn: certificateArn.replace('aws', 'aws-cn') } },
    { deviceAuth: 'mtls', domain: domainWithTruststore },
    { webAcl: true },
    { webAcl: {} },
    { webAcl: { requestsPerFiveMinutes: 10 } },
    { privateEndpoint },
    { privateEndpoint, allowFrom: privateEndpoint },
    { allowFrom: { cidrs: ['0.0.0.0/0', '2001:db8::/128'] } },
  ])('may say %j', (settings) => {
    expect(problems(settings)).toEqual([]);
  });

  it('may name what is known only once it is deployed, in somebody else’s stack', () => {
    const later = Token.asString({ Ref: 'Theirs' });

    expect(
      problems({
        domain: { ...domain, certificateArn: later, hostedZoneId: later },
        allowFrom: { cidrs: [later] },
        alarmTopicArn: later,
      }),
    ).toEqual([]);
    expect(problems({ privateEndpoint: { vpcEndpointIds: [later] } })).toEqual([]);
  });

  it('limit one address to a hundred thousand requests when nothing else is said', () => {
    expect(parseBrokerConfig({ ...MINIMAL_CONFIG, webAcl: true }).webAcl).toEqual({ requestsPerFiveMinutes: 100_000 });
    expect(parseBrokerConfig({ ...MINIMAL_CONFIG, webAcl: false }).webAcl).toBeUndefined();
  });
});

const WEB_ACL = 'write true, false, or an object such as { "requestsPerFiveMinutes": 100000 }';
const REQUESTS = 'write a whole number of requests from 10 to 2000000000, such as 100000';
const ENDPOINT = 'write the id of a VPC endpoint, such as "vpce-0a1b2c3d4e5f67890"';
const ENDPOINTS = 'write a list of 1 to 20 VPC endpoints, such as ["vpce-0a1b2c3d4e5f67890"]';
const CIDR = 'write a range of addresses, such as "203.0.113.0/24"';

describe('a wrong setting of the network', () => {
  it.each([
    [
      { domain: 'broker.example.com' },
      'domain: write an object such as { "name": "broker.example.com", "certificateArn": "arn:aws:acm:…" } (got "broker.example.com").',
    ],
    [
      { domain: { ...domain, name: 'https://broker.example.com' } },
      'domain.name: write a domain name in small letters, such as "broker.example.com" (got "https://broker.example.com").',
    ],
    [
      { domain: { name: 'broker.example.com' } },
      'domain.certificateArn: write the ARN of an ACM certificate in the Region of the broker, such as "arn:aws:acm:us-east-1:123456789012:certificate/…" (it is missing).',
    ],
    [
      { domain: { ...domain, hostedZoneId: 'example.com' } },
      'domain.hostedZoneId: write the id of the Route 53 zone that holds the domain, such as "Z0123456789ABCDEFGHIJ", or leave it out (got "example.com").',
    ],
    [{ domain: { ...domain, zone: 'Z1' } }, /^broker\.domain\.zone is not a setting; .*hostedZoneId/],
    [{ webAcl: 'on' }, `webAcl: ${WEB_ACL} (got "on").`],
    [{ webAcl: { requestsPerFiveMinutes: 9 } }, `webAcl.requestsPerFiveMinutes: ${REQUESTS} (got 9).`],
    [{ webAcl: { limit: 100 } }, 'webAcl.limit is not a setting; remove it, or use one of: requestsPerFiveMinutes.'],
    [{ privateEndpoint: { vpcEndpointIds: [] } }, `privateEndpoint.vpcEndpointIds: ${ENDPOINTS} (got []).`],
    [
      { privateEndpoint: { vpcEndpointIds: ['vpc-1'] } },
      `privateEndpoint.vpcEndpointIds.0: ${ENDPOINT} (got "vpc-1").`,
    ],
    [
      { privateEndpoint: true },
      'privateEndpoint: write an object such as { "vpcEndpointIds": ["vpce-0a1b2c3d4e5f67890"] } (got true).',
    ],
    [{ allowFrom: {} }, 'allowFrom: write an object such as { "cidrs": ["203.0.113.0/24"] } (got {}).'],
    [
      { allowFrom: { cidrs: '10.0.0.0/8' } },
      'allowFrom.cidrs: write a list of 1 to 100 ranges of addresses, such as ["203.0.113.0/24"] (got "10.0.0.0/8").',
    ],
    [{ allowFrom: { cidrs: ['203.0.113.7'] } }, `allowFrom.cidrs.0: ${CIDR} (got "203.0.113.7").`],
    [{ allowFrom: { cidrs: ['203.0.113.0/33'] } }, `allowFrom.cidrs.0: ${CIDR} (got "203.0.113.0/33").`],
    [{ allowFrom: { cidrs: ['10.0.0.0/8/8'] } }, `allowFrom.cidrs.0: ${CIDR} (got "10.0.0.0/8/8").`],
  ])('%j is told in one sentence', (settings, sentence) => {
    const expected = typeof sentence === 'string' ? `broker.${sentence}` : expect.stringMatching(sentence);
    expect(problems(settings)).toEqual([expected]);
  });
});

describe('settings that do not go together', () => {
  const PRIVATE =
    'a private API has no domain and no mutual TLS: remove privateEndpoint, or domain and deviceAuth "mtls"';
  const NEEDS_TRUSTSTORE =
    'deviceAuth "mtls" needs a domain with a truststore: write { "name": …, "certificateArn": …, "truststore": "device-ca.pem" }';

  it.each([
    [{ deviceAuth: 'mtls' }, `domain: ${NEEDS_TRUSTSTORE} (it is missing).`],
    [{ deviceAuth: 'mtls', domain }, `domain: ${NEEDS_TRUSTSTORE} (got {"name":"broker.example.com"`],
    [
      { domain: domainWithTruststore },
      'domain.truststore: only deviceAuth "mtls" asks devices for certificates: set it, or remove the truststore (got ',
    ],
    [{ privateEndpoint, domain }, `privateEndpoint: ${PRIVATE} (got `],
    [{ privateEndpoint, deviceAuth: 'mtls', domain: domainWithTruststore }, `privateEndpoint: ${PRIVATE} (got `],
    [
      { allowFrom: privateEndpoint },
      'allowFrom.vpcEndpointIds: only a private API is called through VPC endpoints: set privateEndpoint to these, or remove them (got ',
    ],
  ])('%j are told in one sentence', (settings, beginning) => {
    const [sentence, ...others] = problems(settings);

    expect(sentence?.startsWith(`broker.${beginning}`), sentence).toBe(true);
    expect(others).toEqual([]);
  });
});
