/**
 * Calls that AWS refused for being too many, also after the SDK's retries. KMS has no metric of that for a key, so they are
 * counted from the functions' logs, by the names of the errors; nothing is sent while there are none.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../../lambda/core/metrics.ts';
import type { Reading } from './broker-metrics.ts';

/** Not a metric of the catalogue: CloudWatch Logs makes it, and not the functions. */
const METRIC_NAME = 'CallsThrottled';

/**
 * What KMS, DynamoDB and the others call it; `*` stands for anything.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const THROTTLING_FAULTS = [
  '*Throttl*',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
] as const;

/** The count, once the filters are there. */
export function throttledCalls({ statistic, periodSeconds }: Reading): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRIC_NAME,
    statistic,
    period: Duration.seconds(periodSeconds),
    label: 'Calls refused for being too many',
  });
}

/** Has a log group's lines counted. */
export function countThrottledCalls(scope: Construct, id: string, logGroup: logs.ILogGroup): void {
  const terms = THROTTLING_FAULTS.map((fault) => logs.FilterPattern.stringValue('$.fault', '=', fault));
  new logs.MetricFilter(scope, id, {
    logGroup,
    filterPattern: logs.FilterPattern.any(...terms),
    metricNamespace: METRIC_NAMESPACE,
    metricName: METRIC_NAME,
    metricValue: '1',
  });
}
