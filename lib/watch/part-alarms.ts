/** The alarms of the parts behind the API: the loop, the stream, the table, the schedules. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { type AlarmDefinition, COUNT, FIVE_MINUTES, MOST } from './alarm-definition.ts';
import { serviceMetric, sumOf } from './broker-metrics.ts';
import { throttledCalls } from './throttled-calls.ts';
import { functionMetric, INDEX_NAMES, loopMetric, queuedMessages, tableMetric, type Watched } from './watched.ts';

/** Of the loop and of what hangs on the stream of the table. */
export function loopAlarms(watched: Watched): AlarmDefinition[] {
  const ended = ['ExecutionsFailed', 'ExecutionsTimedOut'].map((name) => loopMetric(watched, name, COUNT));
  const iteratorAge = functionMetric(watched.functions['start-polling'], 'IteratorAge', MOST);
  const streamAge = serviceMetric('StreamAge', MOST);
  return [
    {
      kind: 'LoopFailures',
      metric: sumOf('ended', ended, { ...COUNT, label: 'Executions that failed' }),
      threshold: 1,
      description:
        'Executions of the polling loop failed, or ran for too long and were ended. Devices still poll for themselves. Look first at the history of the latest failed execution.',
    },
    {
      kind: 'LoopDelay',
      metric: new cloudwatch.MathExpression({
        expression: 'MAX([FILL(iterator, 0), FILL(stream, 0)])',
        usingMetrics: { iterator: iteratorAge, stream: streamAge },
        period: Duration.seconds(FIVE_MINUTES),
        label: 'Age of the oldest record',
      }),
      threshold: 60_000,
      description:
        'New sessions wait more than a minute for the polling loop. Look first at the errors and throttles of StartPolling, then at the query "Faults".',
    },
    {
      kind: 'LoopNotStarted',
      metric: queuedMessages(watched.failures, MOST),
      threshold: 1,
      description:
        'A batch of sessions was never handed to the polling loop. Devices still poll for themselves. Look first at the messages of the queue FailedBatches: they say where in the stream it lies.',
    },
    {
      kind: 'EventsNotPublished',
      metric: queuedMessages(watched.unpublished, MOST),
      threshold: 1,
      description:
        'Events of sessions were not published. Look first at the errors of PublishEvents; the messages of the queue UnpublishedEvents say which records of the stream they came from.',
    },
  ];
}

/** Of calls that AWS refuses for being too many. */
export function throttleAlarms(watched: Watched): AlarmDefinition[] {
  const throttles = [undefined, ...INDEX_NAMES].flatMap((index) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => tableMetric(watched, name, COUNT, index)),
  );
  return [
    {
      kind: 'TableThrottled',
      metric: sumOf('throttles', throttles, { ...COUNT, label: 'Throttled requests of the table' }),
      threshold: 10,
      periods: 3,
      datapoints: 2,
      description:
        'DynamoDB throttles the table or an index of it. Look first at its consumed capacity: a fleet that starts at once passes, a device in a loop does not.',
    },
    {
      kind: 'CallsThrottled',
      metric: throttledCalls(COUNT),
      threshold: 3,
      description:
        'KMS or DynamoDB refused calls for being too many, also after retries. Look first at the query "Faults", then at Service Quotas for KMS: the quota is shared by everything in the account.',
    },
  ];
}

/** Of what is called by the clock. */
export function scheduleAlarms({ functions }: Watched): AlarmDefinition[] {
  const quarter = { statistic: 'Sum', periodSeconds: 900 } as const;
  const errors = (['count-sessions', 'announce-endings'] as const).map((name) =>
    functionMetric(functions[name], 'Errors', quarter),
  );
  return [
    {
      kind: 'SchedulesFailing',
      metric: sumOf('errors', errors, { ...quarter, label: 'Errors of scheduled functions' }),
      threshold: 3,
      description:
        'Nobody counts who waits, or nobody announces sign-ins that end soon: CountSessions or AnnounceEndings fails. Look first at the query "Faults".',
    },
  ];
}
