import { describe, expect, it } from 'vitest';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate, onlyResource, resourcesOf } from '../support/synth.ts';

/**
 * CloudFormation makes a resource anew when its logical id changes, and deletes the old one. A test that fails here is a
 * deployment that loses sessions, clients, undelivered events or the address that devices know.
 */
const STATEFUL = {
  'AWS::DynamoDB::Table': ['BrokerSessionsTableEBCC7C5F'],
  'AWS::KMS::Key': ['BrokerSessionsKeyE76B9113'],
  'AWS::Events::EventBus': ['BrokerEvents1C855262'],
  'AWS::SQS::Queue': ['BrokerFailedBatches43747BE8', 'BrokerUnpublishedEvents674E2131'],
  'AWS::StepFunctions::StateMachine': ['BrokerPollingLoopStateMachine21156F44'],
} as const;

const examples = Object.entries(EXAMPLE_CONFIGS);

describe.each(examples)('an upgrade of %s', (_name, config) => {
  const template = brokerTemplate(config);

  it.each(Object.entries(STATEFUL))('keeps every %s', (type, ids) => {
    expect(Object.keys(resourcesOf(template, type)).sort()).toEqual([...ids].sort());
  });

  it('keeps the address of the API, and every log', () => {
    expect(Object.keys(resourcesOf(template, 'AWS::ApiGateway::RestApi'))).toContain('BrokerApiRestApiE2A50EBA');
    expect(Object.keys(resourcesOf(template, 'AWS::Logs::LogGroup'))).toEqual(expect.arrayContaining(LOGS));
  });

  it('keeps what a table cannot change without being made anew: its name and its key', () => {
    const { TableName, KeySchema } = onlyResource(template, 'AWS::DynamoDB::Table').Properties;

    expect([TableName, KeySchema]).toEqual([undefined, [{ AttributeName: 'pk', KeyType: 'HASH' }]]);
  });

  it('keeps the form of keys, indexes, stream and expiry, which every item and every function rely on', () => {
    const { Properties } = onlyResource(template, 'AWS::DynamoDB::Table');

    expect({
      AttributeDefinitions: Properties.AttributeDefinitions,
      GlobalSecondaryIndexes: Properties.GlobalSecondaryIndexes,
      StreamSpecification: Properties.StreamSpecification,
      TimeToLiveSpecification: Properties.TimeToLiveSpecification,
    }).toEqual(TABLE);
  });

  it('keeps the names that others know the outputs by', () => {
    expect(Object.keys(template.toJSON().Outputs)).toEqual(
      expect.arrayContaining(['ApiUrl', 'OpsUrl', 'TableName', 'EventBusName', 'StateMachineName']),
    );
  });
});

/** Logs are what is left to look at when something went wrong. */
const LOGS = [
  'BrokerDeviceApiLogs99682B9E',
  'BrokerOpsApiLogs6E340AB1',
  'BrokerPollLogsCAA6AD1C',
  'BrokerPollingLoopLogs8495ACF7',
  'BrokerStartPollingLogs003B76F7',
  'BrokerPublishEventsLogs51D4DA7C',
  'BrokerAnnounceEndingsLogs3C3FAECC',
];

const index = (IndexName: string, partition: string, Projection: object) => ({
  IndexName,
  KeySchema: [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: 'createdOrder', KeyType: 'RANGE' },
  ],
  Projection,
});

/** An index that changes is deleted and filled anew, one a deployment, and lists nothing meanwhile. */
const TABLE = {
  AttributeDefinitions: ['pk', 'phaseShard', 'createdOrder', 'kind'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  GlobalSecondaryIndexes: [
    index('byPhase', 'phaseShard', {
      ProjectionType: 'INCLUDE',
      NonKeyAttributes: ['phase', 'clientId', 'fleet', 'expiresAt', 'activationExpiresAt'],
    }),
    index('byKind', 'kind', { ProjectionType: 'KEYS_ONLY' }),
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
};
