/** The HTTPS front: one REST API, two functions. A REST API because its gateway responses can be shaped. */
import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { OPERATIONS } from '../lambda/http/ops-operations.ts';
import { acknowledgeApi, acknowledgeOpenRoute, acknowledgeStage } from './api-acknowledgements.ts';
import { addGatewayResponses } from './gateway-responses.ts';

const STAGE = 'v1';

/** What a device may call with its enrollment key in the path, so that an unmodified AWS CLI or SDK can enroll. */
const ENROLLABLE = ['/client/register', '/register', '/device_authorization', '/token', '/revoke'];

/**
 * What devices call. The catch-alls and the bare parents make the broker answer where API Gateway would otherwise ask an
 * OAuth client for a signature.
 */
const DEVICE_PATHS = [
  '/',
  '/{proxy+}',
  ...ENROLLABLE,
  '/client',
  '/credentials',
  '/activate',
  '/.well-known',
  '/.well-known/oauth-authorization-server',
  '/e',
  '/e/{enrollmentKey}',
  '/e/{enrollmentKey}/client',
  '/e/{enrollmentKey}/{proxy+}',
  ...ENROLLABLE.map((path) => `/e/{enrollmentKey}${path}`),
];

/** What operators call, signed. */
const OPERATOR_PATHS = [...new Set(Object.values(OPERATIONS).map(({ path }) => path))];

/** A line of the access log. Never `$context.path`: it holds the enrollment key of a device that puts it there. */
const ACCESS_LOG_LINE = JSON.stringify({
  requestId: '$context.requestId',
  resourcePath: '$context.resourcePath',
  httpMethod: '$context.httpMethod',
  status: '$context.status',
  responseLatencyMs: '$context.responseLatency',
  responseBytes: '$context.responseLength',
});

/** The functions behind the API, and how it is run. */
export interface BrokerApiProps {
  readonly deviceApi: lambda.Function;
  readonly opsApi: lambda.Function;
  /** Requests per second, and at once, before callers are told to slow down. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Needs the account's own API Gateway logging role, which this stack leaves alone. */
  readonly accessLogs: boolean;
  readonly logRetentionDays: logs.RetentionDays;
}

/** The REST API with its routes, its gateway responses and its one stage. */
export class BrokerApi extends Construct {
  readonly api: apigateway.RestApi;
  /** The base of all routes, without a trailing slash: some SDKs would make two of it. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: BrokerApiProps) {
    super(scope, id);
    this.api = new apigateway.RestApi(this, 'RestApi', {
      restApiName: Stack.of(this).stackName,
      description: 'Fleet Token Broker',
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // The logging role is one per account and Region: setting it here would change every other API of the account.
      cloudWatchRole: false,
      deployOptions: this.stageOptions(props),
    });
    // Outputs are the stack's business.
    this.api.node.tryRemoveChild('Endpoint');
    this.url = Fn.join('', [
      'https://',
      this.api.restApiId,
      '.execute-api.',
      Aws.REGION,
      '.',
      Aws.URL_SUFFIX,
      '/',
      STAGE,
    ]);
    this.route(DEVICE_PATHS, props.deviceApi, apigateway.AuthorizationType.NONE);
    this.route(OPERATOR_PATHS, props.opsApi, apigateway.AuthorizationType.IAM);
    addGatewayResponses(this.api);
    acknowledgeApi(this.api);
    acknowledgeStage(this.api.deploymentStage, props.accessLogs);
  }

  private stageOptions({ throttle, accessLogs, logRetentionDays }: BrokerApiProps): apigateway.StageOptions {
    return {
      stageName: STAGE,
      metricsEnabled: true,
      // Traces and data logs would hold paths and bodies, and with them keys, codes and tokens.
      tracingEnabled: false,
      dataTraceEnabled: false,
      loggingLevel: apigateway.MethodLoggingLevel.OFF,
      throttlingRateLimit: throttle.rateLimit,
      throttlingBurstLimit: throttle.burstLimit,
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

  private route(
    paths: readonly string[],
    target: lambda.Function,
    authorizationType: apigateway.AuthorizationType,
  ): void {
    // Not LambdaIntegration: it adds a permission for each route (their policy may hold 20 KB), or one that also admits
    // the console's test calls.
    const integration = new apigateway.AwsIntegration({
      service: 'lambda',
      path: `2015-03-31/functions/${target.functionArn}/invocations`,
      proxy: true,
    });
    for (const path of paths) {
      const method = this.api.root.resourceForPath(path).addMethod('ANY', integration, { authorizationType });
      if (authorizationType === apigateway.AuthorizationType.NONE) acknowledgeOpenRoute(method);
    }
    target.addPermission('ApiMayInvoke', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.api.arnForExecuteApi('*', '/*', STAGE),
    });
  }
}
