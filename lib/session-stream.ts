/** The way from a session that became pending to the function that has it polled. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

const PENDING = { S: ['pending'] };

/** A session is to be polled once it is made pending, or once a deferred one is opened by its operator. */
const BECAME_PENDING = [
  { eventName: ['INSERT'], dynamodb: { NewImage: { phase: PENDING } } },
  {
    eventName: ['MODIFY'],
    dynamodb: { NewImage: { phase: PENDING }, OldImage: { phase: { S: ['awaiting_operator'] } } },
  },
];

/** The queue for batches that could not be started. It receives positions in the stream, no item. */
export function failureQueue(scope: Construct, id: string, key: kms.IKey): sqs.Queue {
  const queue = new sqs.Queue(scope, id, {
    encryption: sqs.QueueEncryption.KMS,
    encryptionMasterKey: key,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const reason = 'It is itself where failures end: nothing receives from it but a person.';
  Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason }, { id: 'Serverless-SQSRedrivePolicy', reason });
  return queue;
}

/**
 * Feeds the table's stream to a function, one batch to one execution.
 *
 * @param target starts the execution of a batch
 * @param failures receives what could not be started
 */
export function feedStream(
  scope: Construct,
  id: string,
  table: dynamodb.Table,
  target: lambda.IFunction,
  failures: sqs.IQueue,
): lambda.EventSourceMapping {
  if (table.tableStreamArn === undefined) {
    throw new Error('the session table has no stream to feed from');
  }
  return new lambda.EventSourceMapping(scope, id, {
    target,
    eventSourceArn: table.tableStreamArn,
    // LATEST would lose the sessions that are stored while the mapping is being made.
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    maxBatchingWindow: Duration.seconds(1),
    parallelizationFactor: 1,
    filters: BECAME_PENDING.map((pattern) => lambda.FilterCriteria.filter(pattern)),
    bisectBatchOnError: true,
    retryAttempts: 10,
    // A session's upstream code lives for ten minutes: an older record has nothing left to poll for.
    maxRecordAge: Duration.minutes(10),
    // Not SqsDlq, which grants more than sending.
    onFailure: { bind: () => ({ destination: failures.queueArn }) },
  });
}
