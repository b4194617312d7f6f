/** A REST API in front of the functions. A REST API because its gateway responses can be shaped. */
import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeApi, acknowledgeOpenRoute, acknowledgeStage } from './api-acknowledgements.ts';
import { type Routes, START_ROUTES } from './api-routes.ts';
import { addGatewayResponses } from './gateway-responses.ts';

/** A line of the access log. Never `$context.path`: it holds the enrollment key of a device that puts it there. */
const ACCESS_LOG_LINE = JSON.stringify({
  requestId: '$context.requestId',
  resourcePath: '$context.resourcePath',
  httpMethod: '$context.httpMethod',
  status: '$context.status',
  responseLatencyMs: '$context.responseLatency',
  responseBytes: '$context.responseLength',
});

/** The routes of one API, and how it is run. */
export interface BrokerApiProps {
  readonly name: string;
  readonly routes: readonly Routes[];
  readonly stage: string;
  /** Requests per second, requests at once, and starts per second, before callers are told to slow down. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number; readonly startsPerSecond: number };
  /** Needs the account's own API Gateway logging role, which this stack leaves alone. */
  readonly accessLogs: boolean;
  readonly logRetentionDays: logs.RetentionDays;
  /** Whether a web ACL stands before it. */
  readonly filtered: boolean;
  /** With these the API is private. */
  readonly vpcEndpointIds?: readonly string[];
  /** From where it may be called. */
  readonly policy?: iam.PolicyDocument;
  /** True leaves the API nothing but its domain. */
  readonly domainOnly: boolean;
}

const isStart = (path: string): boolean => START_ROUTES.includes(path);

/** A REST API with its routes, its gateway responses and its one stage. */
export class BrokerApi extends Construct {
  readonly api: apigateway.RestApi;
  /** The base of all routes at API Gateway's own name, without a trailing slash: some SDKs would make two of it. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: BrokerApiProps) {
    super(scope, id);
    const { vpcEndpointIds, policy, stage } = props;
    this.api = new apigateway.RestApi(this, 'RestApi', {
      restApiName: props.name,
      description: 'Fleet Token Broker',
      endpointConfiguration: this.endpoint(vpcEndpointIds),
      ...(policy === undefined ? {} : { policy }),
      ...(props.domainOnly ? { disableExecuteApiEndpoint: true } : {}),
      // The logging role is one per account and Region: setting it here would change every other API of the account.
      cloudWatchRole: false,
      deployOptions: this.stageOptions(props),
    });
    // Outputs are the stack's business.
    this.api.node.tryRemoveChild('Endpoint');
    // A private API has a name for each of its endpoints, which is resolved everywhere; its plain name is not.
    const host = [this.api.restApiId, ...(vpcEndpointIds ?? []).slice(0, 1)].join('-');
    this.url = `https://${host}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${stage}`;
    for (const routes of props.routes) this.route(routes, stage);
    addGatewayResponses(this.api);
    acknowledgeApi(this.api);
    acknowledgeStage(this.api.deploymentStage, props);
  }

  private endpoint(vpcEndpointIds: readonly string[] | undefined): apigateway.EndpointConfiguration {
    if (vpcEndpointIds === undefined) return { types: [apigateway.EndpointType.REGIONAL] };
    const vpcEndpoints = vpcEndpointIds.map((vpcEndpointId, index) =>
      ec2.InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, `Endpoint${index}`, {
        vpcEndpointId,
        port: 443,
      }),
    );
    return { types: [apigateway.EndpointType.PRIVATE], vpcEndpoints };
  }

  private stageOptions(props: BrokerApiProps): apigateway.StageOptions {
    const { stage, throttle, accessLogs, logRetentionDays } = props;
    const watched = {
      metricsEnabled: true,
      // Traces and data logs would hold paths and bodies, and with them keys, codes and tokens.
      dataTraceEnabled: false,
      loggingLevel: apigateway.MethodLoggingLevel.OFF,
    };
    // A method's limit replaces the stage's: a start is never let in where nothing else would be.
    const starts = {
      ...watched,
      throttlingRateLimit: Math.min(throttle.startsPerSecond, throttle.rateLimit),
      throttlingBurstLimit: Math.min(throttle.startsPerSecond, throttle.burstLimit),
    };
    const paths = props.routes.flatMap(({ open, signed }) => [...open, ...signed]).filter(isStart);
    return {
      stageName: stage,
      ...watched,
      tracingEnabled: false,
      throttlingRateLimit: throttle.rateLimit,
      throttlingBurstLimit: throttle.burstLimit,
      methodOptions: Object.fromEntries(paths.map((path) => [`${path}/POST`, starts])),
      ...(accessLogs ? this.accessLog(logRetentionDays) : {}),
    };
  }

  private accessLog(retention: logs.RetentionDays): apigateway.StageOptions {
    const group = new logs.LogGroup(this, 'AccessLogs', { retention, removalPolicy: RemovalPolicy.DESTROY });
    return {
      accessLogDestination: new apigateway.LogGroupLogDestination(group),
      accessLogFormat: apigateway.AccessLogFormat.custom(ACCESS_LOG_LINE),
    };
  }

  private route({ target, open, signed, reach }: Routes, stage: string): void {
    // Not LambdaIntegration: it adds a permission for each route (their policy may hold 20 KB), or one that also admits
    // the console's test calls.
    const integration = new apigateway.AwsIntegration({
      service: 'lambda',
      path: `2015-03-31/functions/${target.functionArn}/invocations`,
      proxy: true,
    });
    const add = (path: string, authorizationType: apigateway.AuthorizationType) =>
      // A limit of its own takes a method of its own: ANY has none to name.
      (isStart(path) ? ['ANY', 'POST'] : ['ANY']).map((httpMethod) =>
        this.api.root.resourceForPath(path).addMethod(httpMethod, integration, { authorizationType }),
      );
    for (const path of open) add(path, apigateway.AuthorizationType.NONE).forEach(acknowledgeOpenRoute);
    for (const path of signed) add(path, apigateway.AuthorizationType.IAM);
    target.addPermission(`${this.node.id}MayInvoke`, {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.api.arnForExecuteApi('*', reach, stage),
    });
  }
}
