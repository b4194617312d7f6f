/**
 * What each function may do, by hand and not by `grant…` methods: those give whole families of actions, and the use of
 * the key without saying through which service.
 */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { EVENT_SOURCE } from '../lambda/core/session-events.ts';
import type { SessionTable } from './session-table.ts';

const ITEM_ACTIONS = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

/** What the guide named below writes with wildcards, spelt out. */
const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Devices: items by key, and the broker's own upstream registration. */
export function deviceApiPermissions(sessions: SessionTable): iam.PolicyStatement[] {
  return [...itemPermissions(sessions, ITEM_ACTIONS), registrationKey(sessions, ['kms:Decrypt', 'kms:Encrypt'])];
}

/** Operators: items by key, and the lists. Nothing that could open a registration. */
export function opsApiPermissions(sessions: SessionTable): iam.PolicyStatement[] {
  const { tableArn } = sessions.table;
  return [
    ...itemPermissions(sessions, ITEM_ACTIONS),
    allow(['dynamodb:Query'], [`${tableArn}/index/byPhase`, `${tableArn}/index/byKind`]),
  ];
}

/** The loop: reads its sessions, settles them, opens the registration that it polls with. */
export function pollPermissions(sessions: SessionTable): iam.PolicyStatement[] {
  const actions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'];
  return [...itemPermissions(sessions, actions), registrationKey(sessions, ['kms:Decrypt'])];
}

/** The start of the loop: reads the stream, starts executions, and leaves behind what it could not start. */
export function startPollingPermissions(
  sessions: SessionTable,
  stateMachineArn: string,
  failures: sqs.IQueue,
): iam.PolicyStatement[] {
  return [...streamPermissions(sessions, failures), allow(['states:StartExecution'], [stateMachineArn])];
}

/** The publisher: reads the stream, puts the broker's own events on its bus, and leaves behind what it could not publish. */
export function publishEventsPermissions(
  sessions: SessionTable,
  eventBusArn: string,
  failures: sqs.IQueue,
): iam.PolicyStatement[] {
  return [...streamPermissions(sessions, failures), ownEvents(eventBusArn)];
}

/** The announcer: lists clients, writes down whom it told, and puts the broker's own events on its bus. */
export function announceEndingsPermissions(sessions: SessionTable, eventBusArn: string): iam.PolicyStatement[] {
  return [
    ...itemPermissions(sessions, ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem']),
    allow(['dynamodb:Query'], [`${sessions.table.tableArn}/index/byKind`]),
    ownEvents(eventBusArn),
  ];
}

/** The counter: one list of sessions, which has no secret in it. It can read no item. */
export function countSessionsPermissions(sessions: SessionTable): iam.PolicyStatement[] {
  return [
    allow(['dynamodb:Query'], [`${sessions.table.tableArn}/index/byPhase`]),
    keyThrough(sessions, 'dynamodb', ['kms:Decrypt']),
  ];
}

/** Writing to one log group. (Lambda would also create groups; ours exists already, so that right is not given.) */
export function logPermission(logGroupArn: string): iam.PolicyStatement {
  return allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroupArn]);
}

/** A statement that allows exactly this. */
export function allow(actions: string[], resources: string[], conditions: iam.Conditions = {}): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources, conditions });
}

/** Putting events on the bus. One call holds many, and each of them must be the broker's own. */
function ownEvents(eventBusArn: string): iam.PolicyStatement {
  const asBroker = { 'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE } };
  return allow(['events:PutEvents'], [eventBusArn], asBroker);
}

/** Reading the stream, and writing to the queue of what failed. */
function streamPermissions(sessions: SessionTable, failures: sqs.IQueue): iam.PolicyStatement[] {
  const streamActions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
  return [
    allow(
      streamActions.map((action) => `dynamodb:${action}`),
      [streamArn(sessions)],
    ),
    allow(['sqs:SendMessage'], [failures.queueArn]),
    keyThrough(sessions, 'dynamodb', ['kms:Decrypt']),
    keyThrough(sessions, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey']),
  ];
}

function itemPermissions(sessions: SessionTable, actions: string[]): iam.PolicyStatement[] {
  // DynamoDB uses the key in the caller's name: DynamoDB developer guide, "DynamoDB encryption at rest: usage notes".
  return [allow(actions, [sessions.table.tableArn]), keyThrough(sessions, 'dynamodb', TABLE_KEY_ACTIONS)];
}

/** This table's stream and no other: a stream that is made anew has another ARN. */
function streamArn({ table }: SessionTable): string {
  if (table.tableStreamArn === undefined) throw new Error('the session table has no stream to read');
  return table.tableStreamArn;
}

/** The key, but only for a call that the named service makes. */
function keyThrough({ key }: SessionTable, service: 'dynamodb' | 'sqs', actions: string[]): iam.PolicyStatement {
  const viaService = `${service}.${Stack.of(key).region}.amazonaws.com`;
  return allow(actions, [key.keyArn], { StringEquals: { 'kms:ViaService': viaService } });
}

/** The key itself, but only for upstream registrations. */
function registrationKey({ key }: SessionTable, actions: string[]): iam.PolicyStatement {
  return allow(actions, [key.keyArn], { StringEquals: { 'kms:EncryptionContext:purpose': 'registration' } });
}
