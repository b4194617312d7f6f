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
  readonly unpublished: sqs.IQueue;
  readonly stateMachineArn: string;
}

const PERIOD = Duration.minutes(5);

/** Devices get no answer; the loop ends before its sessions do, is started late, or never; or nobody hears of sessions. */
export class BrokerAlarms extends Construct {
  private readonly topic: sns.ITopic;

  constructor(scope: Construct, id: string, props: BrokerAlarmsProps) {
    super(scope, id);
    this.topic = sns.Topic.fromTopicArn(this, 'Topic', props.topicArn);
    const messages = { period: PERIOD, statistic: 'Maximum' };
    const failures = props.failures.metricApproximateNumberOfMessagesVisible(messages);
    const unpublished = props.unpublished.metricApproximateNumberOfMessagesVisible(messages);
    const iteratorAge = props.startPolling.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' });
    this.alarm('ApiErrors', props.api.metricServerError({ period: PERIOD, statistic: 'Sum' }), 5, [
      'Devices and operators got server errors. Look into the logs of DeviceApi and OpsApi.',
    ]);
    this.alarm('LoopFailures', executions('ExecutionsFailed', props.stateMachineArn), 1, [
      'Executions of the polling loop failed. Devices still poll for themselves; look into the execution history.',
    ]);
    this.alarm('LoopTimeouts', executions('ExecutionsTimedOut', props.stateMachineArn), 1, [
      'Executions of the polling loop ran for hours and were ended. Devices still poll for themselves; look into the',
      'execution history.',
    ]);
    this.alarm('LoopDelay', iteratorAge, 60_000, [
      'New sessions wait more than a minute for the polling loop. Look into the logs and throttles of StartPolling.',
    ]);
    this.alarm('LoopNotStarted', failures, 1, [
      'A batch of sessions was never handed to the polling loop. The messages of the failure queue say where it lies.',
    ]);
    this.alarm('EventsNotPublished', unpublished, 1, [
      'Events of sessions were not published. Look into the logs of PublishEvents; the messages of its failure queue say',
      'which records of the stream they came from.',
    ]);
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

/** Counts the executions that ended like this. */
function executions(metricName: string, stateMachineArn: string): cloudwatch.Metric {
  const dimensionsMap = { StateMachineArn: stateMachineArn };
  return new cloudwatch.Metric({
    namespace: 'AWS/States',
    metricName,
    dimensionsMap,
    period: PERIOD,
    statistic: 'Sum',
  });
}
