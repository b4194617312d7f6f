/**
 * What AWS services do in the name of the roles. Nothing on this machine makes these calls, so each is written down with
 * the page that says that it is made; they are evaluated like the calls that were seen.
 */

import type { AccessRequest } from './aws-calls.ts';
import type { SynthesizedRoles } from './synthesized-roles.ts';

const VIA = 'kms:ViaService';

/** A function that uses items of the table; a query alone takes no more than to decrypt. */
const TABLE_USERS = ['AnnounceEndings', 'DeviceApi', 'OpsApi', 'Poll'];

/** A function behind a stream mapping, and the queue of its failures. */
const STREAM_READERS = { StartPolling: 'FailedBatches', PublishEvents: 'UnpublishedEvents' };

/** All of them for an app. */
export function serviceCalls(app: SynthesizedRoles): AccessRequest[] {
  const functions = app.roles.filter((role) => role !== LOOP);
  return [
    ...functions.flatMap((role) => lambdaCalls(app, role)),
    ...TABLE_USERS.flatMap((role) => dynamoDbCalls(app, role)),
    onKey(app, 'CountSessions', 'Decrypt', viaService('dynamodb')),
    ...Object.entries(STREAM_READERS).flatMap(([role, queue]) => streamCalls(app, role, queue)),
    ...stepFunctionsCalls(app),
  ];
}

/** Lambda developer guide, "Defining Lambda function permissions with an execution role" and "AWS X-Ray". */
function lambdaCalls(app: SynthesizedRoles, role: string): AccessRequest[] {
  const logs = app.grants.find((grant) => grant.role === role && grant.action === 'logs:PutLogEvents');
  const group = String(logs?.resource).replace(/:\*$/, '');
  return [
    { role, action: 'logs:CreateLogStream', resource: `${group}:*`, context: {} },
    { role, action: 'logs:PutLogEvents', resource: `${group}:log-stream:2026/11/21/[$LATEST]0`, context: {} },
    ...['PutTelemetryRecords', 'PutTraceSegments'].map((name) => everywhere(role, `xray:${name}`)),
  ];
}

/** DynamoDB developer guide, "DynamoDB encryption at rest: usage notes": what a caller must be allowed through DynamoDB. */
function dynamoDbCalls(app: SynthesizedRoles, role: string): AccessRequest[] {
  const actions = ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'];
  return [...actions, 'ReEncryptFrom', 'ReEncryptTo'].map((name) => onKey(app, role, name, viaService('dynamodb')));
}

/** Lambda developer guide, "Process Amazon DynamoDB records with Lambda", and SQS developer guide, "Key management". */
function streamCalls(app: SynthesizedRoles, role: string, queue: string): AccessRequest[] {
  const stream = `${app.arnOf('BrokerSessionsTable')}/stream/local`;
  return [
    ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((name) => ({
      role,
      action: `dynamodb:${name}`,
      resource: stream,
      context: {},
    })),
    { role, action: 'sqs:SendMessage', resource: app.arnOf(`Broker${queue}`), context: {} },
    onKey(app, role, 'Decrypt', viaService('dynamodb')),
    onKey(app, role, 'Decrypt', viaService('sqs')),
    onKey(app, role, 'GenerateDataKey', viaService('sqs')),
  ];
}

const LOOP = 'PollingLoop';

const LOG_DELIVERY = [
  'CreateLogDelivery',
  'DeleteLogDelivery',
  'DescribeLogGroups',
  'DescribeResourcePolicies',
  'GetLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'UpdateLogDelivery',
];

const TRACING = ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'];

/** Step Functions developer guide, "Logging using CloudWatch Logs", "X-Ray tracing" and "Data at rest encryption". */
function stepFunctionsCalls(app: SynthesizedRoles): AccessRequest[] {
  const machine = app.arnOf('BrokerPollingLoopStateMachine');
  const ofMachine = { 'kms:EncryptionContext:aws:states:stateMachineArn': machine };
  const ofLog = { 'kms:EncryptionContext:SourceArn': 'arn:aws:logs:us-east-1:000000000000:*' };
  return [
    { role: LOOP, action: 'lambda:InvokeFunction', resource: app.arnOf('BrokerPoll'), context: {} },
    { role: LOOP, action: 'states:StartExecution', resource: machine, context: {} },
    onKey(app, LOOP, 'Decrypt', ofMachine),
    onKey(app, LOOP, 'GenerateDataKey', ofMachine),
    onKey(app, LOOP, 'GenerateDataKey', ofLog),
    ...TRACING.map((name) => everywhere(LOOP, `xray:${name}`)),
    ...LOG_DELIVERY.map((name) => everywhere(LOOP, `logs:${name}`)),
  ];
}

function everywhere(role: string, action: string): AccessRequest {
  return { role, action, resource: '*', context: {} };
}

function viaService(service: string): AccessRequest['context'] {
  return { [VIA]: `${service}.us-east-1.amazonaws.com` };
}

function onKey(app: SynthesizedRoles, role: string, name: string, context: AccessRequest['context']): AccessRequest {
  return { role, action: `kms:${name}`, resource: app.arnOf('BrokerSessionsKey'), context };
}
