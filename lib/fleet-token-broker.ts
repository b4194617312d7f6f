/** The broker as one construct. */
import { join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BrokerAlarms } from './alarms.ts';
import { writeBundles } from './bundle.ts';
import { type BrokerConfig, parseBrokerConfig, toSettings } from './config.ts';
import { functionFactory } from './functions.ts';
import {
  announceEndingsPermissions,
  deviceApiPermissions,
  opsApiPermissions,
  pollPermissions,
  publishEventsPermissions,
  startPollingPermissions,
} from './permissions.ts';
import { PollingLoop } from './polling-loop.ts';
import type { FleetTokenBrokerProps } from './props.ts';
import { BrokerApi } from './rest-api.ts';
import { announceDaily, eventBus, feedEvents } from './session-events.ts';
import { failureQueue, feedStream } from './session-stream.ts';
import { SessionTable, toRemovalPolicy } from './session-table.ts';

/**
 * Devices call its API; it starts their device authorizations at IAM Identity Center, polls for them, keeps what is
 * approved and hands it out once.
 *
 * @throws ConfigError with one sentence for each wrong prop
 */
export class FleetTokenBroker extends Construct {
  /** The base of all routes, without a trailing slash. */
  readonly apiUrl: string;
  readonly api: apigateway.RestApi;
  /** The table and its key. */
  readonly sessions: SessionTable;
  readonly stateMachine: sfn.CfnStateMachine;
  readonly deviceApi: lambda.Function;
  readonly opsApi: lambda.Function;
  readonly startPolling: lambda.Function;
  readonly publishEvents: lambda.Function;
  /** Announces sign-ins that end soon, once a day. */
  readonly announceEndings: lambda.Function;
  readonly poll: lambda.Function;
  /** Where the broker tells what becomes of sessions. */
  readonly eventBus: events.EventBus;

  constructor(scope: Construct, id: string, props: FleetTokenBrokerProps) {
    super(scope, id);
    const config = parseBrokerConfig(props);
    const { logRetentionDays, throttle, accessLogs, alarmTopicArn: topicArn } = config;
    const makeFunction = functionFactory(this, this.bundles(config), logRetentionDays);

    this.sessions = sessionTable(this, config);
    const { key, table } = this.sessions;
    const onTable = { TABLE_NAME: table.tableName };
    const onRegistrations = { ...onTable, REGISTRATION_KEY_ID: key.keyId };
    this.deviceApi = makeFunction('device-api', {
      environment: onRegistrations,
      permissions: deviceApiPermissions(this.sessions),
    });
    this.opsApi = makeFunction('ops-api', { environment: onTable, permissions: opsApiPermissions(this.sessions) });
    this.poll = makeFunction('poll', { environment: onRegistrations, permissions: pollPermissions(this.sessions) });

    const loop = new PollingLoop(this, 'PollingLoop', { poll: this.poll, key, logRetentionDays });
    this.stateMachine = loop.stateMachine;
    const { stateMachineArn } = loop;
    const failures = failureQueue(this, 'FailedBatches', key);
    this.startPolling = makeFunction('start-polling', {
      environment: { STATE_MACHINE_ARN: stateMachineArn },
      permissions: startPollingPermissions(this.sessions, stateMachineArn, failures),
    });
    const feed = feedStream(this, 'PendingSessions', table, this.startPolling, failures);
    feed.node.addDependency(loop.handOverPolicy);

    this.eventBus = eventBus(this, 'Events');
    const unpublished = failureQueue(this, 'UnpublishedEvents', key);
    this.publishEvents = makeFunction('publish-events', {
      environment: { EVENT_BUS_NAME: this.eventBus.eventBusName },
      permissions: publishEventsPermissions(this.sessions, this.eventBus.eventBusArn, unpublished),
    });
    feedEvents(this, 'Transitions', table, this.publishEvents, unpublished);

    this.announceEndings = makeFunction('announce-endings', {
      environment: { ...onTable, EVENT_BUS_NAME: this.eventBus.eventBusName },
      permissions: announceEndingsPermissions(this.sessions, this.eventBus.eventBusArn),
    });
    announceDaily(this, 'Daily', this.announceEndings);

    const { deviceApi, opsApi, startPolling } = this;
    const front = new BrokerApi(this, 'Api', { deviceApi, opsApi, throttle, accessLogs, logRetentionDays });
    this.api = front.api;
    this.apiUrl = front.url;
    if (topicArn !== undefined) {
      const watched = { api: this.api, startPolling, failures, unpublished, stateMachineArn };
      new BrokerAlarms(this, 'Alarms', { topicArn, ...watched });
    }
  }

  /** Bundles lie in the output folder of the app, where they can be looked at; their copies are what is deployed. */
  private bundles(config: BrokerConfig): ReturnType<typeof writeBundles> {
    const stage = Stage.of(this);
    if (stage === undefined) {
      throw new Error('FleetTokenBroker must be created inside an App or a Stage.');
    }
    return writeBundles(join(stage.assetOutdir, 'bundles', this.node.addr), toSettings(config));
  }
}

function sessionTable(scope: Construct, config: BrokerConfig): SessionTable {
  return new SessionTable(scope, 'Sessions', {
    removalPolicy: toRemovalPolicy(config.removalPolicy),
    deletionProtection: config.deletionProtection ?? config.removalPolicy === 'retain',
  });
}
