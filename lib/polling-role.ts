/** What the polling loop's executions may do. */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { allow } from './permissions.ts';

const TRACE_ACTIONS = [
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const LOG_DELIVERY_ACTIONS = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];

/**
 * The role of the state machine's executions, as far as it can be written before the state machine exists.
 *
 * @param poll the one function that the loop invokes
 * @param key encrypts the definition, the execution histories and their log on its way
 */
export function pollingRole(scope: Construct, id: string, poll: lambda.IFunction, key: kms.Key): iam.Role {
  const role = new iam.Role(scope, id, {
    description: 'What the polling loop of the Fleet Token Broker may do',
    assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  const statements = [
    allow(['lambda:InvokeFunction'], [poll.functionArn]),
    ...keyPermissions(Stack.of(scope), key),
    // Neither X-Ray nor log delivery knows resources to narrow these two to: Step Functions developer guide, "X-Ray
    // tracing in Step Functions" and "Logging using CloudWatch Logs".
    allow(TRACE_ACTIONS, ['*']),
    allow(LOG_DELIVERY_ACTIONS, ['*']),
  ];
  for (const statement of statements) {
    role.addToPolicy(statement);
  }
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Traces and log delivery only: neither X-Ray nor the delivery of logs knows resources.',
  });
  return role;
}

/** Step Functions developer guide, "Data at rest encryption": histories and their log have an encryption context each. */
function keyPermissions(stack: Stack, key: kms.Key): iam.PolicyStatement[] {
  const machines = stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const logGroups = stack.formatArn({ service: 'logs', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });
  const forLogs = { StringLike: { 'kms:EncryptionContext:SourceArn': logGroups } };
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
      actions: ['kms:Decrypt'],
      // In a key's own policy, "*" is that key.
      resources: ['*'],
      conditions: forLogs,
    }),
  );
  return [
    // The machine's own ARN is known only once its role exists; no other machine is encrypted with this key.
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn], {
      StringLike: { 'kms:EncryptionContext:aws:states:stateMachineArn': machines },
    }),
    allow(['kms:GenerateDataKey'], [key.keyArn], forLogs),
  ];
}
