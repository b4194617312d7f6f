import { describe, expect, it } from 'vitest';
import { brokerTemplate, MINIMAL_CONFIG, readable, resourcesOf } from '../support/synth.ts';

const template = brokerTemplate();
const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));

/** A function by its logical name. */
function functionNamed(name: string) {
  const id = Object.keys(resourcesOf(template, 'AWS::Lambda::Function')).find((key) => key.slice(0, -8) === name);
  const properties = template.toJSON().Resources[id ?? '']?.Properties;
  const { Variables } = properties.Environment;
  const environment = Object.entries(Variables).map(([variable, value]) => [variable, readable(value)]);
  return { ...properties, environment: Object.fromEntries(environment) };
}

const powertools = { POWERTOOLS_SERVICE_NAME: 'fleet-token-broker', POWERTOOLS_LOG_LEVEL: 'INFO' };
const tableName = { TABLE_NAME: 'BrokerSessionsTable' };
const keyId = { REGISTRATION_KEY_ID: 'BrokerSessionsKey' };

describe('the functions', () => {
  it.each([
    ['BrokerDeviceApi', 15, 512, { ...tableName, ...keyId }],
    ['BrokerOpsApi', 15, 512, tableName],
    ['BrokerPoll', 60, 512, { ...tableName, ...keyId }],
    ['BrokerStartPolling', 30, 256, { STATE_MACHINE_ARN: 'BrokerPollingLoopStateMachine' }],
    ['BrokerPublishEvents', 30, 256, { EVENT_BUS_NAME: 'BrokerEvents' }],
    ['BrokerAnnounceEndings', 300, 256, { ...tableName, EVENT_BUS_NAME: 'BrokerEvents' }],
    ['BrokerCountSessions', 60, 256, tableName],
  ])('include %s with %i s, %i MB and exactly its environment', (name, seconds, megabytes, environment) => {
    const found = functionNamed(name);

    expect([found.Timeout, found.MemorySize]).toEqual([seconds, megabytes]);
    expect(found.environment).toEqual({ ...powertools, ...environment });
  });

  it('are these seven and no helper of the CDK', () => {
    expect(functions).toHaveLength(7);
  });

  it('run on Node.js 24 on arm64, traced', () => {
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      });
    }
  });

  it('have a log group and a role each', () => {
    const logGroups = functions.map(({ Properties }) =>
      readable((Properties.LoggingConfig as Record<string, unknown>).LogGroup),
    );
    const roles = functions.map(({ Properties }) => readable(Properties.Role));

    const names = ['DeviceApi', 'OpsApi', 'Poll', 'StartPolling', 'PublishEvents', 'AnnounceEndings', 'CountSessions'];
    expect(logGroups).toEqual(names.map((name) => `Broker${name}Logs`));
    expect(roles).toEqual(names.map((name) => `Broker${name}Role.Arn`));
  });
});

describe('the log groups', () => {
  it('are kept for 30 days and go with the stack', () => {
    const groups = Object.values(resourcesOf(template, 'AWS::Logs::LogGroup'));

    expect(groups).toHaveLength(8);
    for (const { Properties, DeletionPolicy } of groups) {
      expect([Properties.RetentionInDays, DeletionPolicy]).toEqual([30, 'Delete']);
    }
  });

  it('are kept for as long as is configured', () => {
    const groups = resourcesOf(brokerTemplate({ ...MINIMAL_CONFIG, logRetentionDays: 400 }), 'AWS::Logs::LogGroup');

    for (const { Properties } of Object.values(groups)) expect(Properties.RetentionInDays).toBe(400);
  });
});

describe('the concurrency of the functions', () => {
  const reserved = (config: object) =>
    Object.entries(resourcesOf(brokerTemplate({ ...MINIMAL_CONFIG, ...config }), 'AWS::Lambda::Function'))
      .filter(([, { Properties }]) => 'ReservedConcurrentExecutions' in Properties)
      .map(([id, { Properties }]) => [id.slice(0, -8), Properties.ReservedConcurrentExecutions]);

  it('is the account’s, since a young account has none to reserve', () => {
    expect(reserved({})).toEqual([]);
  });

  it('is limited for the poll function alone, as configured', () => {
    expect(reserved({ pollConcurrency: 3 })).toEqual([['BrokerPoll', 3]]);
  });
});
