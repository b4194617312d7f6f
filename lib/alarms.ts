/** Alarms on what needs a person. Only with a topic: an alarm that tells nobody is a cost without a use. */
import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** What is watched, and who is told. */
export interface BrokerAlarmsProps {
  readonly topicArn: string;
  readonly api: RestApi;
  readonly startPolling: lambda.IFunction;
  readonly failures: sqs.IQueue;
  readonly stateMachineArn: string;
}

const PERIOD = Duration.minutes(5);

/** Four alarms: devices get no answer, the loop ends before its sessions do, starts it late, or never. */
export class BrokerAlarms extends Construct {
  private readonly topic: sns.ITopic;

  constructor(scope: Construct, id: string, props: BrokerAlarmsProps) {
    super(scope, id);
    this.topic = sns.Topic.fromTopicArn(this, 'Topic', props.topicArn);
    const failures = props.failures.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' });
    const iteratorAge = props.startPolling.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' });
    this.alarm('ApiErrors', props.api.metricServerError({ period: PERIOD, statistic: 'Sum' }), 5, [
      'Devices and operators got server errors. Look into the logs of DeviceApi and OpsApi.',
    ]);
    this.alarm('LoopFailures', this.executionsFailed(props.stateMachineArn), 1, [
      'Executions of the polling loop failed or timed out. Devices still poll for themselves; look into the execution',
      'history.',
    ]);
    this.alarm('LoopDelay', iteratorAge, 60_000, [
      'New sessions wait more than a minute for the polling loop. Look into the logs and throttles of StartPolling.',
    ]);
    this.alarm('LoopNotStarted', failures, 1, [
      'A batch of sessions was never handed to the polling loop. The messages of the failure queue say where it lies.',
    ]);
  }

  private executionsFailed(stateMachineArn: string): cloudwatch.IMetric {
    const metric = (metricName: string) =>
      new cloudwatch.Metric({
        namespace: 'AWS/States',
        metricName,
        dimensionsMap: { StateMachineArn: stateMachineArn },
        period: PERIOD,
        statistic: 'Sum',
      });
    return new cloudwatch.MathExpression({
      expression: 'failed + timedOut',
      label: 'Executions that failed or timed out',
      usingMetrics: { failed: metric('ExecutionsFailed'), timedOut: metric('ExecutionsTimedOut') },
      period: PERIOD,
    });
  }

  private alarm(id: string, metric: cloudwatch.IMetric, threshold: number, description: readonly string[]): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmDescription: description.join(' '),
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }
}
