import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { synthesize } from '../../lib/app.ts';
import { BrokerStack } from '../../lib/broker-stack.ts';
import { parseBrokerConfig } from '../../lib/config.ts';
import { FleetTokenBroker } from '../../lib/fleet-token-broker.ts';
import type { BrokerStackProps, FleetProps } from '../../lib/props.ts';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate, MINIMAL_CONFIG, readable, resourcesOf } from '../support/synth.ts';

const folder = mkdtempSync(join(tmpdir(), 'broker-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

const newApp = (name: string) => new App({ outdir: join(folder, name) });

describe('the stack', () => {
  it('tells its users where to go', () => {
    const outputs = brokerTemplate().toJSON().Outputs as Record<string, { Value: unknown }>;

    const told = Object.entries(outputs).map(([name, { Value }]) => [name, readable(Value)]);
    expect(Object.fromEntries(told)).toEqual({
      ApiUrl: 'https://BrokerApiRestApi.execute-api.{Region}.{URLSuffix}/v1',
      OpsUrl: 'https://BrokerApiRestApi.execute-api.{Region}.{URLSuffix}/v1/sessions',
      TableName: 'BrokerSessionsTable',
      EventBusName: 'BrokerEvents',
      StateMachineName: 'BrokerPollingLoopStateMachine.Name',
    });
  });

  it.each(Object.entries(EXAMPLE_CONFIGS))(
    'gives nothing a physical name in %s, so that it fits twice into one account',
    (_, config) => {
      const names = Object.values(brokerTemplate(config).toJSON().Resources).flatMap((resource) => {
        const { Type, Properties = {} } = resource as { Type: string; Properties?: Record<string, unknown> };
        return ['TableName', 'QueueName', 'RoleName', 'StateMachineName', 'AliasName', 'AlarmName', 'DashboardName']
          .concat(Type === 'AWS::Lambda::Function' ? ['FunctionName'] : [])
          .concat(Type === 'AWS::Logs::LogGroup' ? ['LogGroupName'] : [])
          .concat(Type === 'AWS::WAFv2::WebACL' ? ['Name'] : [])
          .filter((property) => property in Properties)
          .map((property) => `${Type}.${property}`);
      });

      expect(names).toEqual([]);
    },
  );

  it('asks for no context and no environment: it is the same for every account and Region', () => {
    const assembly = synthesize({ config: MINIMAL_CONFIG, outdir: join(folder, 'plain') }).assembly;

    expect(assembly.manifest.missing).toBeUndefined();
    expect(assembly.stacks[0]?.environment).toMatchObject({ account: 'unknown-account', region: 'unknown-region' });
  });

  it('bears the configured name', () => {
    const { stackName, assembly } = synthesize({
      config: { ...MINIMAL_CONFIG, stackName: 'Broker-Two' },
      outdir: join(folder, 'named'),
    });

    expect(stackName).toBe('Broker-Two');
    expect(assembly.stacks.map((stack) => stack.stackName)).toEqual(['Broker-Two']);
  });

  it('can be deleted, unless it is told to refuse', () => {
    const stacks = [undefined, true].map((terminationProtection) => {
      const config = { ...MINIMAL_CONFIG, terminationProtection };
      return synthesize({ config, outdir: join(folder, `protected-${terminationProtection}`) }).assembly.stacks[0];
    });

    expect(stacks.map((stack) => stack?.terminationProtection)).toEqual([false, true]);
  });

  it('synthesizes beside a second one with other fleets, each with its own code', () => {
    const app = newApp('two');
    const other = { fleets: { robots: { ...MINIMAL_CONFIG.fleets.kiosks, minimumInterval: 10 } } };
    const stacks = [new BrokerStack(app, 'One', MINIMAL_CONFIG), new BrokerStack(app, 'Two', other)];

    const [one, two] = stacks.map((stack) => resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function'));

    expect(Object.keys(one ?? {})).toEqual(Object.keys(two ?? {}));
    expect(Object.values(one ?? {})[0]?.Properties.Code).not.toEqual(Object.values(two ?? {})[0]?.Properties.Code);
  });
});

describe('the construct', () => {
  it('fits twice into one stack of somebody else', () => {
    const stack = new Stack(newApp('construct'), 'Theirs');
    new FleetTokenBroker(stack, 'Kiosks', MINIMAL_CONFIG);
    new FleetTokenBroker(stack, 'Robots', MINIMAL_CONFIG);

    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 2);
  });

  it('refuses wrong props with the sentences of the configuration', () => {
    const stack = new Stack(newApp('wrong'), 'Theirs');

    expect(() => new FleetTokenBroker(stack, 'Broker', { fleets: {} })).toThrow(
      /^broker\.fleets: name at least one fleet/,
    );
  });

  it('takes props of the very names that the configuration has', () => {
    const fleet: Required<FleetProps> = {
      ...MINIMAL_CONFIG.fleets.kiosks,
      scopes: ['sso:account:access'],
      approval: 'immediate',
      release: 'token',
      accountId: '123456789012',
      roleName: 'KioskReadOnly',
      sessionLifetime: '24h',
      portalSession: '8h',
      minimumInterval: 5,
      waitingAlarm: '5m',
      upstreamEndpoint: 'https://oidc.us-east-1.amazonaws.com',
      portalEndpoint: 'https://portal.sso.us-east-1.amazonaws.com',
    };
    // A private API has no domain, so that one setting is left out.
    const every: Required<Omit<BrokerStackProps, 'privateEndpoint'>> = {
      fleets: { kiosks: fleet },
      deviceAuth: 'client_secret',
      domain: EXAMPLE_CONFIGS.everything.domain,
      webAcl: true,
      allowFrom: { cidrs: ['203.0.113.0/24'] },
      stage: 'v1',
      upstreamCallsPerSecond: 80,
      pollConcurrency: 2,
      redelivery: { window: '300s', maxDeliveries: 5 },
      loop: 'standard',
      alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:on-call',
      dashboard: true,
      savedQueries: true,
      openTelemetryLayerArn: EXAMPLE_CONFIGS.everything.openTelemetryLayerArn,
      removalPolicy: 'retain',
      deletionProtection: true,
      logRetentionDays: 30,
      accessLogs: false,
      throttle: { rateLimit: 5000, burstLimit: 2500, startsPerSecond: 1320 },
      stackName: 'FleetTokenBroker',
      terminationProtection: false,
    };

    const parsed = parseBrokerConfig(every);

    expect(Object.keys(parsed).sort()).toEqual(Object.keys(every).sort());
    expect(Object.keys(parsed.fleets.kiosks ?? {}).sort()).toEqual(Object.keys(fleet).sort());
  });
});
