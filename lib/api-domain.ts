/** A name of one's own for an API. */
import { resolve } from 'node:path';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';

/** The name, and what stands behind it. */
export interface ApiDomainProps {
  readonly api: apigateway.RestApi;
  readonly name: string;
  readonly certificateArn: string;
  /** The Route 53 zone that receives an alias record of the name. */
  readonly hostedZoneId?: string | undefined;
  /** The PEM file of the CAs whose certificates callers must present. */
  readonly truststore?: string | undefined;
}

/** The name leads to the API's stage, without a path. */
export class ApiDomain extends Construct {
  /** The base of all routes, without a trailing slash. */
  readonly url: string;
  /** The name that the domain's own DNS record must lead to. */
  readonly target: string;

  constructor(scope: Construct, id: string, { api, name, certificateArn, hostedZoneId, truststore }: ApiDomainProps) {
    super(scope, id);
    const domain = new apigateway.DomainName(this, 'DomainName', {
      domainName: name,
      certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
      ...(truststore === undefined ? {} : { mtls: this.mutualTls(truststore) }),
    });
    new apigateway.CfnBasePathMapping(this, 'Mapping', {
      domainName: domain.domainName,
      restApiId: api.restApiId,
      stage: api.deploymentStage.stageName,
    });
    this.url = `https://${name}`;
    this.target = domain.domainNameAliasDomainName;
    if (hostedZoneId !== undefined) {
      new route53.CfnRecordSet(this, 'Alias', {
        hostedZoneId,
        name: `${name}.`,
        type: 'A',
        aliasTarget: { dnsName: this.target, hostedZoneId: domain.domainNameAliasHostedZoneId },
      });
    }
  }

  /** The key of an asset is the hash of its content: another truststore is another address, which API Gateway reads anew. */
  private mutualTls(truststore: string): apigateway.MTLSConfig {
    const { bucket, s3ObjectKey: key } = new Asset(this, 'Truststore', { path: resolve(truststore) });
    return { bucket, key };
  }
}
