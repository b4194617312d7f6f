/** Makes the broker's functions, all alike but for their code, their environment and what they may do. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { HandlerName } from './bundle.ts';
import { logPermission } from './permissions.ts';
import { instrument } from './watch/open-telemetry.ts';

/** What is fixed about each function; `id` is its logical name. */
const FUNCTIONS = {
  'device-api': { id: 'DeviceApi', timeoutSeconds: 15, memoryMegabytes: 512, description: 'Answers devices' },
  'ops-api': { id: 'OpsApi', timeoutSeconds: 15, memoryMegabytes: 512, description: 'Answers operators' },
  'start-polling': {
    id: 'StartPolling',
    timeoutSeconds: 30,
    memoryMegabytes: 256,
    description: 'Starts the polling of new sessions',
  },
  'publish-events': {
    id: 'PublishEvents',
    timeoutSeconds: 30,
    memoryMegabytes: 256,
    description: 'Publishes what becomes of sessions',
  },
  'announce-endings': {
    id: 'AnnounceEndings',
    timeoutSeconds: 300,
    memoryMegabytes: 256,
    description: 'Announces sign-ins that end soon',
  },
  'count-sessions': {
    id: 'CountSessions',
    timeoutSeconds: 60,
    memoryMegabytes: 256,
    description: 'Counts who waits',
  },
  poll: { id: 'Poll', timeoutSeconds: 60, memoryMegabytes: 512, description: 'Polls a cohort of sessions once' },
} as const satisfies Record<HandlerName, object>;

/** What one function is given. */
export interface FunctionGrants {
  readonly environment: Readonly<Record<string, string>>;
  /** Everything it may do, apart from its log and its trace. */
  readonly permissions: readonly iam.PolicyStatement[];
  /** Invocations at once, kept from the account's other functions. Undefined: as many as the account has. */
  readonly reservedConcurrency?: number | undefined;
}

/**
 * Makes a function by its handler's name, with a role and a log group of its own.
 *
 * @param codeFolders the bundles, by handler
 * @param openTelemetryLayerArn the layer that traces them, if one does
 */
export function functionFactory(
  scope: Construct,
  codeFolders: Readonly<Record<HandlerName, string>>,
  logRetentionDays: logs.RetentionDays,
  openTelemetryLayerArn: string | undefined,
) {
  return (name: HandlerName, { environment, permissions, reservedConcurrency }: FunctionGrants): lambda.Function => {
    const { id, timeoutSeconds, memoryMegabytes, description } = FUNCTIONS[name];
    // A log group that Lambda makes by itself has no retention and outlives the stack.
    const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const made = new lambda.Function(scope, id, {
      description: `Fleet Token Broker: ${description}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(codeFolders[name]),
      handler: 'index.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMegabytes,
      environment: {
        POWERTOOLS_SERVICE_NAME: 'fleet-token-broker',
        POWERTOOLS_LOG_LEVEL: 'INFO',
        ...environment,
      },
      role: functionRole(scope, id, [logPermission(logGroup.logGroupArn), ...permissions]),
      logGroup,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      // Adds xray:PutTraceSegments and xray:PutTelemetryRecords on "*": X-Ray knows no resources to narrow them to.
      tracing: lambda.Tracing.ACTIVE,
    });
    if (openTelemetryLayerArn !== undefined) instrument(made, name, openTelemetryLayerArn);
    Validations.of(made).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'Callers wait for the answer, stream mappings have a failure queue, and the next scheduled run makes up for a lost one.',
    });
    return made;
  };
}

function functionRole(scope: Construct, id: string, permissions: readonly iam.PolicyStatement[]): iam.Role {
  const role = new iam.Role(scope, `${id}Role`, {
    description: `Fleet Token Broker: what the function ${id} may do`,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  for (const statement of permissions) {
    role.addToPolicy(statement);
  }
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Traces only (xray:PutTraceSegments, xray:PutTelemetryRecords): X-Ray knows no resources.',
  });
  return role;
}
