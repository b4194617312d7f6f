/** What of a broker is watched: its parts, and the metrics that AWS has of them. */
import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { HandlerName } from '../bundle.ts';
import type { BrokerConfig } from '../config-schema.ts';
import type { Reading } from './broker-metrics.ts';

/** The parts of a broker that alarms, dashboard and saved queries look at. */
export interface Watched {
  readonly fleets: BrokerConfig['fleets'];
  /** The API of devices, and that of operators where it is another. */
  readonly apis: readonly RestApi[];
  readonly functions: Readonly<Record<HandlerName, lambda.Function>>;
  readonly table: dynamodb.Table;
  readonly stateMachineArn: string;
  /** Batches of sessions that were never handed to the polling loop. */
  readonly failures: sqs.IQueue;
  /** Events that were never published. */
  readonly unpublished: sqs.IQueue;
}

/** The indexes of the table: each is throttled for itself. */
export const INDEX_NAMES = ['byPhase', 'byKind'] as const;

/**
 * A metric of all APIs of the broker.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
export function apiMetrics({ apis }: Watched, metricName: string, reading: Reading): cloudwatch.Metric[] {
  return apis.map(({ restApiName }) => awsMetric('AWS/ApiGateway', metricName, { ApiName: restApiName }, reading));
}

/**
 * A metric of one function.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function functionMetric(of: lambda.IFunction, metricName: string, reading: Reading): cloudwatch.Metric {
  return awsMetric('AWS/Lambda', metricName, { FunctionName: of.functionName }, reading);
}

/**
 * A metric of the polling loop.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
export function loopMetric({ stateMachineArn }: Watched, metricName: string, reading: Reading): cloudwatch.Metric {
  return awsMetric('AWS/States', metricName, { StateMachineArn: stateMachineArn }, reading);
}

/**
 * A metric of the table, or of one of its indexes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export function tableMetric(
  { table }: Watched,
  metricName: string,
  reading: Reading,
  indexName?: (typeof INDEX_NAMES)[number],
): cloudwatch.Metric {
  const dimensions = { TableName: table.tableName, ...(indexName && { GlobalSecondaryIndexName: indexName }) };
  return awsMetric('AWS/DynamoDB', metricName, dimensions, reading);
}

/**
 * How many messages lie in a queue.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export function queuedMessages(queue: sqs.IQueue, reading: Reading): cloudwatch.Metric {
  return awsMetric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: queue.queueName }, reading);
}

function awsMetric(
  namespace: string,
  metricName: string,
  dimensionsMap: Readonly<Record<string, string>>,
  { statistic, periodSeconds, label = metricName }: Reading,
): cloudwatch.Metric {
  const period = Duration.seconds(periodSeconds);
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic, period, label });
}
