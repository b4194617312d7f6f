import { describe, expect, it } from 'vitest';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource, readable, resourcesOf } from '../support/synth.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const template = brokerTemplate();
const TABLE = 'BrokerSessionsTable.Arn';
const STREAM = 'BrokerSessionsTable.StreamArn';
const KEY = 'BrokerSessionsKey.Arn';

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** A condition as text, such as `kms:ViaService=dynamodb.{Region}.amazonaws.com`. */
function conditionText(condition: Statement['Condition']): string {
  const parts = Object.values(condition ?? {}).flatMap((operands) =>
    Object.entries(operands).map(([name, value]) => `${name}=${readable(value)}`),
  );
  return parts.length === 0 ? '' : ` if ${parts.join(' and ')}`;
}

/** What a role may do, one line for each action on each resource. */
function grantsOf(roleName: string): string[] {
  const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).filter(({ Properties }) =>
    (Properties.Roles as unknown[]).map(readable).includes(roleName),
  );
  const statements = policies.flatMap(
    ({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
  );
  const grants = statements.flatMap((statement) =>
    listOf(statement.Action).flatMap((action) =>
      listOf(statement.Resource).map(
        (resource) => `${statement.Effect} ${action} on ${readable(resource)}${conditionText(statement.Condition)}`,
      ),
    ),
  );
  return grants.sort();
}

const allow = (actions: string[], resource: string, condition = '') =>
  actions.map((action) => `Allow ${action} on ${resource}${condition === '' ? '' : ` if ${condition}`}`);

const logAndTrace = (name: string) => [
  ...allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `Broker${name}Logs.Arn`),
  ...allow(['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], '*'),
];

/** What DynamoDB needs to do with the key in the name of whoever uses an encrypted table. */
const tableKey = allow(
  [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  KEY,
  'kms:ViaService=dynamodb.{Region}.amazonaws.com',
);
const registration = 'kms:EncryptionContext:purpose=registration';
const itemActions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

/** Reading the stream, and leaving behind what could not be handled. */
const stream = (failureQueue: string) => [
  ...allow(
    ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    STREAM,
  ),
  ...allow(['sqs:SendMessage'], failureQueue),
  ...allow(['kms:Decrypt'], KEY, 'kms:ViaService=dynamodb.{Region}.amazonaws.com'),
  ...allow(['kms:Decrypt', 'kms:GenerateDataKey'], KEY, 'kms:ViaService=sqs.{Region}.amazonaws.com'),
];

const EXPECTED: Record<string, string[]> = {
  DeviceApi: [
    ...logAndTrace('DeviceApi'),
    ...allow(itemActions, TABLE),
    ...tableKey,
    ...allow(['kms:Decrypt', 'kms:Encrypt'], KEY, registration),
  ],
  OpsApi: [
    ...logAndTrace('OpsApi'),
    ...allow(itemActions, TABLE),
    ...allow(['dynamodb:Query'], `${TABLE}/index/byPhase`),
    ...allow(['dynamodb:Query'], `${TABLE}/index/byKind`),
    ...tableKey,
  ],
  Poll: [
    ...logAndTrace('Poll'),
    ...allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'], TABLE),
    ...tableKey,
    ...allow(['kms:Decrypt'], KEY, registration),
  ],
  StartPolling: [
    ...logAndTrace('StartPolling'),
    ...stream('BrokerFailedBatches.Arn'),
    ...allow(['states:StartExecution'], 'BrokerPollingLoopStateMachine'),
  ],
  PublishEvents: [
    ...logAndTrace('PublishEvents'),
    ...stream('BrokerUnpublishedEvents.Arn'),
    ...allow(['events:PutEvents'], 'BrokerEvents.Arn', 'events:source=fleet-token-broker'),
  ],
  AnnounceEndings: [
    ...logAndTrace('AnnounceEndings'),
    ...allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'], TABLE),
    ...allow(['dynamodb:Query'], `${TABLE}/index/byKind`),
    ...tableKey,
    ...allow(['events:PutEvents'], 'BrokerEvents.Arn', 'events:source=fleet-token-broker'),
  ],
  CountSessions: [
    ...logAndTrace('CountSessions'),
    ...allow(['dynamodb:Query'], `${TABLE}/index/byPhase`),
    ...allow(['kms:Decrypt'], KEY, 'kms:ViaService=dynamodb.{Region}.amazonaws.com'),
  ],
  PollingLoop: [
    ...allow(['lambda:InvokeFunction'], 'BrokerPoll.Arn'),
    ...allow(['states:StartExecution'], 'BrokerPollingLoopStateMachine'),
    ...allow(
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      KEY,
      'kms:EncryptionContext:aws:states:stateMachineArn=arn:{Partition}:states:{Region}:{AccountId}:stateMachine:*',
    ),
    ...allow(
      ['kms:GenerateDataKey'],
      KEY,
      'kms:EncryptionContext:SourceArn=arn:{Partition}:logs:{Region}:{AccountId}:*',
    ),
    ...allow(
      ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'].map((a) => `xray:${a}`),
      '*',
    ),
    ...allow(
      ['CreateLogDelivery', 'DeleteLogDelivery', 'GetLogDelivery', 'ListLogDeliveries', 'UpdateLogDelivery'].map(
        (action) => `logs:${action}`,
      ),
      '*',
    ),
    ...allow(
      ['DescribeLogGroups', 'DescribeResourcePolicies', 'PutResourcePolicy'].map((a) => `logs:${a}`),
      '*',
    ),
  ],
};

describe('the permissions', () => {
  it.each(Object.keys(EXPECTED))('of %s are exactly these', (name) => {
    expect(grantsOf(`Broker${name}Role`)).toEqual(EXPECTED[name]?.toSorted());
  });

  it('are given to these roles only, and by no managed policy', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');

    expect(
      Object.keys(roles)
        .map((id) => id.slice(0, -8))
        .sort(),
    ).toEqual(
      Object.keys(EXPECTED)
        .map((name) => `Broker${name}Role`)
        .sort(),
    );
    for (const { Properties } of Object.values(roles)) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties).not.toHaveProperty('Policies');
    }
  });

  it('reach "*" only for traces and log delivery, which know no resources', () => {
    const onEverything = Object.keys(EXPECTED).flatMap((name) =>
      grantsOf(`Broker${name}Role`).filter((grant) => / on \*( |$)/.test(grant)),
    );

    const tracing = /^Allow xray:(GetSampling(Rules|Targets)|PutTelemetryRecords|PutTraceSegments) on \*$/;
    const delivery =
      /^Allow logs:((Create|Get|Update|Delete|List)LogDeliver(y|ies)|(Describe|Put)ResourcePolic(y|ies)|DescribeLogGroups) on \*$/;
    expect(onEverything.filter((grant) => !tracing.test(grant) && !delivery.test(grant))).toEqual([]);
  });

  it('are taken up by the services only, Step Functions for this account alone', () => {
    const trusted = Object.values(resourcesOf(template, 'AWS::IAM::Role')).map(({ Properties }) => {
      const [statement] = (Properties.AssumeRolePolicyDocument as { Statement: Statement[] }).Statement;
      return `${statement?.Principal?.Service}${conditionText(statement?.Condition)}`;
    });

    expect([...new Set(trusted)].sort()).toEqual([
      'lambda.amazonaws.com',
      'states.amazonaws.com if aws:SourceAccount={AccountId}',
    ]);
  });
});

describe('the key', () => {
  it('is governed by the account, and lets log delivery read the log of this account only', () => {
    const { Statement } = onlyResource(template, 'AWS::KMS::Key').Properties.KeyPolicy as { Statement: Statement[] };

    const rules = Statement.map(({ Action, Principal, Condition }) => [
      Action,
      Principal?.Service ?? 'account',
      conditionText(Condition),
    ]);
    expect(rules).toEqual([
      ['kms:*', 'account', ''],
      [
        'kms:Decrypt',
        'delivery.logs.amazonaws.com',
        ' if kms:EncryptionContext:SourceArn=arn:{Partition}:logs:{Region}:{AccountId}:*',
      ],
    ]);
  });
});

describe('the account', () => {
  it('keeps its own API Gateway logging role, access logs or not', () => {
    for (const accessLogs of [false, true]) {
      const types = Object.values(brokerTemplate({ ...MINIMAL_CONFIG, accessLogs }).toJSON().Resources);

      expect(types).not.toContainEqual(expect.objectContaining({ Type: 'AWS::ApiGateway::Account' }));
    }
  });
});
