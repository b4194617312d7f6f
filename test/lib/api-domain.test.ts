import { describe, expect, it } from 'vitest';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource, readable } from '../support/synth.ts';

const { certificateArn } = EXAMPLE_CONFIGS.everything.domain;
const plain = brokerTemplate({ ...MINIMAL_CONFIG, domain: { name: 'broker.example.com', certificateArn } });
const mutual = brokerTemplate(EXAMPLE_CONFIGS.certificates);

describe('a domain', () => {
  it('leads to the stage with its own certificate, TLS 1.2 and no path', () => {
    expect(onlyResource(plain, 'AWS::ApiGateway::DomainName').Properties).toEqual({
      DomainName: 'broker.example.com',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      RegionalCertificateArn: certificateArn,
      SecurityPolicy: 'TLS_1_2',
    });
    expect(onlyResource(plain, 'AWS::ApiGateway::BasePathMapping').Properties).toEqual({
      DomainName: { Ref: expect.any(String) },
      RestApiId: { Ref: expect.stringMatching(/^BrokerApiRestApi/) },
      Stage: { Ref: expect.stringMatching(/^BrokerApiRestApiDeploymentStagev1/) },
    });
  });

  it('is what the outputs name, for devices and operators, while the old address goes on working', () => {
    const { ApiUrl, OpsUrl } = plain.toJSON().Outputs;

    expect([ApiUrl.Value, OpsUrl.Value]).toEqual(['https://broker.example.com', 'https://broker.example.com/sessions']);
    expect(onlyResource(plain, 'AWS::ApiGateway::RestApi').Properties).not.toHaveProperty('DisableExecuteApiEndpoint');
  });

  it('tells where its DNS record must lead', () => {
    expect(readable(plain.toJSON().Outputs.DomainTarget.Value)).toBe('BrokerDomainDomainName.RegionalDomainName');
    plain.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  it('gets its DNS record in the zone that is named', () => {
    const record = onlyResource(brokerTemplate(EXAMPLE_CONFIGS.everything), 'AWS::Route53::RecordSet').Properties;

    expect(record).toMatchObject({ Name: 'broker.example.com.', Type: 'A', HostedZoneId: 'Z0123456789ABCDEFGHIJ' });
    expect(readable((record.AliasTarget as { DNSName: unknown }).DNSName)).toContain('.RegionalDomainName');
  });

  it('with a truststore asks for certificates, and is updated when the file changes: its name is a hash of its content', () => {
    const { MutualTlsAuthentication } = onlyResource(mutual, 'AWS::ApiGateway::DomainName').Properties;

    const { TruststoreUri } = MutualTlsAuthentication as { TruststoreUri: { 'Fn::Join': [string, unknown[]] } };
    expect(TruststoreUri['Fn::Join'][1].at(-1)).toMatch(/^\/[0-9a-f]{64}\.pem$/);
  });
});
