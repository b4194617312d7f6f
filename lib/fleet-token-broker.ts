/** The broker as one construct. */
import { join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { DeviceAuth } from '../lambda/core/settings.ts';
import type { ApiDomain } from './api-domain.ts';
import { apiFront } from './api-front.ts';
import { writeBundles } from './bundle.ts';
import { type BrokerConfig, parseBrokerConfig, toSettings } from './config.ts';
import { grantDevice } from './device-grant.ts';
import { functionFactory } from './functions.ts';
import { grantOperations } from './grants.ts';
import {
  announceEndingsPermissions,
  countSessionsPermissions,
  deviceApiPermissions,
  opsApiPermissions,
  pollPermissions,
  publishEventsPermissions,
  startPollingPermissions,
} from './permissions.ts';
import { PollingLoop } from './polling-loop.ts';
import type { FleetTokenBrokerProps } from './props.ts';
import { announceDaily, eventBus, feedEvents } from './session-events.ts';
import { failureQueue, feedStream } from './session-stream.ts';
import { SessionTable, toRemovalPolicy } from './session-table.ts';
import { countEveryMinute } from './watch/counting.ts';
import { watch } from './watch/watch.ts';

/**
 * Devices call its API; it starts their device authorizations at IAM Identity Center, polls for them, keeps what is
 * approved and hands it out once.
 *
 * @throws ConfigError with one sentence for each wrong prop
 */
export class FleetTokenBroker extends Construct {
  /** The base of the routes of devices, without a trailing slash. */
  readonly apiUrl: string;
  /** The API of devices. */
  readonly api: apigateway.RestApi;
  /** The base of the routes of operators, and of the page of deferred approval, without a trailing slash. */
  readonly operatorsUrl: string;
  /** The API of operators: the same, unless devices present certificates. */
  readonly operatorsApi: apigateway.RestApi;
  /** The API's own domain, if it has one. */
  readonly domain?: ApiDomain;
  /** The table and its key. */
  readonly sessions: SessionTable;
  /** Polls Identity Center for the sessions of a cohort. */
  readonly stateMachine: sfn.CfnStateMachine;
  /** Answers devices, and people who open the page of deferred approval. */
  readonly deviceApi: lambda.Function;
  /** Answers operators. */
  readonly opsApi: lambda.Function;
  /** Starts an execution of the state machine for each batch of new sessions. */
  readonly startPolling: lambda.Function;
  /** Publishes what becomes of sessions. */
  readonly publishEvents: lambda.Function;
  /** Announces sign-ins that end soon, once a day. */
  readonly announceEndings: lambda.Function;
  /** Counts who waits, once a minute. */
  readonly countSessions: lambda.Function;
  /** Polls a cohort once; what the state machine calls. */
  readonly poll: lambda.Function;
  /** Where the broker tells what becomes of sessions. */
  readonly eventBus: events.EventBus;
  private readonly deviceAuth: DeviceAuth;

  constructor(scope: Construct, id: string, props: FleetTokenBrokerProps) {
    super(scope, id);
    const config = parseBrokerConfig(props);
    const { logRetentionDays, openTelemetryLayerArn } = config;
    const makeFunction = functionFactory(this, this.bundles(config), logRetentionDays, openTelemetryLayerArn);

    this.sessions = sessionTable(this, config);
    const { key, table } = this.sessions;
    const onTable = { TABLE_NAME: table.tableName };
    const onRegistrations = { ...onTable, REGISTRATION_KEY_ID: key.keyId };
    this.deviceApi = makeFunction('device-api', {
      environment: onRegistrations,
      permissions: deviceApiPermissions(this.sessions),
    });
    this.opsApi = makeFunction('ops-api', { environment: onTable, permissions: opsApiPermissions(this.sessions) });
    this.poll = makeFunction('poll', {
      environment: onRegistrations,
      permissions: pollPermissions(this.sessions),
      reservedConcurrency: config.pollConcurrency,
    });

    const loop = new PollingLoop(this, 'PollingLoop', { poll: this.poll, key, logRetentionDays, type: config.loop });
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

    this.countSessions = makeFunction('count-sessions', {
      environment: onTable,
      permissions: countSessionsPermissions(this.sessions),
    });
    countEveryMinute(this, 'EveryMinute', this.countSessions);

    const front = apiFront(this, config, this);
    this.api = front.api;
    this.apiUrl = front.url;
    this.operatorsApi = front.operatorsApi;
    this.operatorsUrl = front.operatorsUrl;
    if (front.domain !== undefined) this.domain = front.domain;
    // Links to the page of deferred approval name the API that a device calls, unless people cannot open that one.
    if (this.operatorsApi !== this.api) this.deviceApi.addEnvironment('ACTIVATION_URL', this.operatorsUrl);
    this.deviceAuth = config.deviceAuth;
    const functions = {
      'device-api': this.deviceApi,
      'ops-api': this.opsApi,
      'start-polling': this.startPolling,
      'publish-events': this.publishEvents,
      'announce-endings': this.announceEndings,
      'count-sessions': this.countSessions,
      poll: this.poll,
    };
    const apis = [...new Set([this.api, this.operatorsApi])];
    watch(this, config, { fleets: config.fleets, apis, functions, table, stateMachineArn, failures, unpublished });
  }

  /**
   * Lets operators see: sessions, clients, enrollment keys (never the keys themselves), counts, and the description of the
   * API. They can change nothing.
   *
   * @param grantee a role of operators, or of a program that watches
   */
  grantReadSessions(grantee: iam.IGrantable): iam.Grant {
    return grantOperations(this.operatorsApi, grantee, 'read');
  }

  /**
   * Lets operators do everything: see what there is, cancel sessions, lock, unlock and revoke clients, choose their role, make
   * and revoke enrollment keys. With deferred approval no right is needed to approve: whoever has a code may.
   *
   * @param grantee a role of operators
   */
  grantOperate(grantee: iam.IGrantable): iam.Grant {
    return grantOperations(this.operatorsApi, grantee, 'operate');
  }

  /**
   * Lets a program that sets up devices see, make and revoke enrollment keys, and nothing else.
   *
   * @param grantee the role of a factory or of a pipeline
   */
  grantManageKeys(grantee: iam.IGrantable): iam.Grant {
    return grantOperations(this.operatorsApi, grantee, 'manageKeys');
  }

  /**
   * Lets a role be a device, where devices prove who they are with AWS credentials.
   *
   * @param grantee the one role of devices: its trust policy must let only `credentials.iot.amazonaws.com` or
   *   `rolesanywhere.amazonaws.com` assume it, since the name of the role's session is the device's identity
   * @throws Error when `deviceAuth` is another: devices need no AWS credentials then
   */
  grantDevice(grantee: iam.IGrantable): iam.Grant {
    if (this.deviceAuth !== 'iam') {
      throw new Error(
        `grantDevice: with deviceAuth "${this.deviceAuth}" devices need no AWS credentials; set deviceAuth to "iam", or remove the grant.`,
      );
    }
    return grantDevice(this.api, grantee);
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
