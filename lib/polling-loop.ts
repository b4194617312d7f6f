/** The state machine that polls upstream for pending sessions. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { allow } from './permissions.ts';
import { type PollingLoopType, pollingDefinition } from './polling-definition.ts';
import { pollingRole } from './polling-role.ts';

/** What the loop is made of. */
export interface PollingLoopProps {
  /** Polls one cohort once and says what comes next. */
  readonly poll: lambda.IFunction;
  /** Encrypts the definition and the execution histories. */
  readonly key: kms.Key;
  readonly logRetentionDays: logs.RetentionDays;
  /** @default 'standard' */
  readonly type?: PollingLoopType | undefined;
}

/** One execution polls one cohort. Its log tells which states ran, never their input or output. */
export class PollingLoop extends Construct {
  readonly stateMachine: sfn.CfnStateMachine;
  readonly stateMachineArn: string;
  /** Without it an execution cannot hand over: whatever starts executions waits for it. */
  readonly handOverPolicy: iam.Policy;

  constructor(scope: Construct, id: string, { poll, key, logRetentionDays, type = 'standard' }: PollingLoopProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = pollingRole(this, 'Role', poll, key);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // The L1, because the L2 of a machine with a key but no physical name writes a key condition that never matches.
    this.stateMachine = new sfn.CfnStateMachine(this, 'StateMachine', {
      stateMachineType: type === 'standard' ? 'STANDARD' : 'EXPRESS',
      definitionString: stack.toJsonString(pollingDefinition(poll.functionArn, stack.partition, type)),
      roleArn: role.roleArn,
      loggingConfiguration: {
        level: 'ALL',
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logGroup.logGroupArn } }],
      },
      tracingConfiguration: { enabled: true },
      encryptionConfiguration: {
        type: 'CUSTOMER_MANAGED_KMS_KEY',
        kmsKeyId: key.keyArn,
        kmsDataKeyReusePeriodSeconds: 300,
      },
    });
    this.stateMachine.node.addDependency(role);
    this.stateMachineArn = this.stateMachine.ref;
    // A policy of its own: inside the role, machine and role would wait for each other.
    this.handOverPolicy = new iam.Policy(this, 'HandOver', {
      roles: [role],
      statements: [allow(['states:StartExecution'], [this.stateMachineArn])],
    });
  }
}
