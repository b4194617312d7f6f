/** The HTTPS front: what callers reach, under which names, from where. */
import { Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ApiDomain } from './api-domain.ts';
import { activationRoutes, deviceRoutes, operatorRoutes, withActivation } from './api-routes.ts';
import type { BrokerConfig } from './config.ts';
import { resourcePolicy } from './resource-policy.ts';
import { BrokerApi } from './rest-api.ts';
import { WebAcl } from './web-acl.ts';

/** The functions behind the front. */
export interface ApiFunctions {
  readonly deviceApi: lambda.Function;
  readonly opsApi: lambda.Function;
}

/** The front. URLs are the bases of all routes, without a trailing slash. */
export interface ApiFront {
  readonly api: RestApi;
  readonly url: string;
  /** The same API, unless devices present certificates: people have none. */
  readonly operatorsApi: RestApi;
  readonly operatorsUrl: string;
  readonly domain?: ApiDomain;
}

/** Makes one API, or two when devices present certificates; with the domain and the web ACL that are configured. */
export function apiFront(scope: Construct, config: BrokerConfig, functions: ApiFunctions): ApiFront {
  const { deviceAuth, domain: domainConfig, webAcl } = config;
  const mutualTls = deviceAuth === 'mtls';
  const devices = deviceRoutes(functions.deviceApi, deviceAuth);
  const operators = operatorRoutes(functions.opsApi);
  const common = commonProps(config);
  const front = new BrokerApi(scope, 'Api', {
    ...common,
    name: Stack.of(scope).stackName,
    routes: mutualTls ? [devices] : [withActivation(devices), operators],
    // At API Gateway's own name nobody asks for a certificate.
    domainOnly: mutualTls,
  });
  const second = mutualTls
    ? new BrokerApi(scope, 'OperatorsApi', {
        ...common,
        name: `${Stack.of(scope).stackName} operators`,
        routes: [activationRoutes(functions.deviceApi), operators],
        domainOnly: false,
      })
    : undefined;
  const domain =
    domainConfig === undefined ? undefined : new ApiDomain(scope, 'Domain', { api: front.api, ...domainConfig });
  const url = domain?.url ?? front.url;
  if (webAcl !== undefined) {
    const stages = [front, ...(second === undefined ? [] : [second])].map(({ api }) => api.deploymentStage);
    new WebAcl(scope, 'WebAcl', { ...webAcl, stages });
  }
  return {
    api: front.api,
    url,
    operatorsApi: (second ?? front).api,
    operatorsUrl: second?.url ?? url,
    ...(domain === undefined ? {} : { domain }),
  };
}

function commonProps(config: BrokerConfig) {
  const { stage, throttle, accessLogs, logRetentionDays, privateEndpoint, webAcl } = config;
  const policy = resourcePolicy(config);
  return {
    stage,
    throttle,
    accessLogs,
    logRetentionDays,
    filtered: webAcl !== undefined,
    ...(privateEndpoint === undefined ? {} : { vpcEndpointIds: privateEndpoint.vpcEndpointIds }),
    ...(policy === undefined ? {} : { policy }),
  };
}
