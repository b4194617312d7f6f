/** Alarms on what needs a person. Only with a topic: an alarm that tells nobody is a cost without a use. */
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlarmDefinition } from './alarm-definition.ts';
import { alarmDefinitions } from './alarm-definitions.ts';
import { countThrottledCalls } from './throttled-calls.ts';
import type { Watched } from './watched.ts';

/** What is watched, and who is told. */
export interface BrokerAlarmsProps {
  readonly topicArn: string;
  readonly watched: Watched;
}

/** An alarm for each definition. The topic hears of its beginning and of its end. */
export class BrokerAlarms extends Construct {
  /** All of them, in the order of docs/operate.md. */
  readonly alarms: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, { topicArn, watched }: BrokerAlarmsProps) {
    super(scope, id);
    const action = new SnsAction(sns.Topic.fromTopicArn(this, 'Topic', topicArn));
    for (const made of Object.values(watched.functions)) {
      countThrottledCalls(this, `${made.node.id}Throttles`, made.logGroup);
    }
    this.alarms = alarmDefinitions(watched).map((definition) => this.alarm(definition, action));
  }

  private alarm(definition: AlarmDefinition, action: cloudwatch.IAlarmAction): cloudwatch.Alarm {
    const { kind, fleet, metric, threshold, below, periods = 1, datapoints = periods, description } = definition;
    const { LESS_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = cloudwatch.ComparisonOperator;
    const alarm = new cloudwatch.Alarm(this, fleet === undefined ? kind : `${kind}-${fleet}`, {
      alarmDescription: `${description} Runbook: ${runbookOf(kind)}.`,
      metric,
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      comparisonOperator: below ? LESS_THAN_THRESHOLD : GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // What is counted is told when it happens, so silence is good news.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

/** The section about a kind of alarm: its heading is the kind in words. */
export function runbookOf(kind: AlarmDefinition['kind']): string {
  const anchor = kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  return `docs/operate.md#${anchor}`;
}
