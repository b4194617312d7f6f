/** The way from a transition of a session to an event on the broker's own bus. */
import { Aws, Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { END_PHASES, LIVE_PHASES, PHASES, type Phase } from '../lambda/core/session.ts';
import { runOnSchedule } from './schedule.ts';

const phaseIn = (phases: readonly Phase[]) => ({ phase: { S: phases } });
const from = (before: readonly Phase[], now: readonly Phase[]) => ({
  eventName: ['MODIFY'],
  dynamodb: { OldImage: phaseIn(before), NewImage: phaseIn(now) },
});

/**
 * Everything that may be a transition, in the five filters that a mapping may have: new sessions, live ones that end, the
 * three steps forward and the one back, and items that were deleted while their session had not ended. A filter cannot
 * compare the two images, but these leave out what happens most: a poll of a pending session, a repeated delivery.
 */
const TRANSITIONS = [
  { eventName: ['INSERT'], dynamodb: { NewImage: phaseIn(PHASES) } },
  from(LIVE_PHASES, END_PHASES),
  from(['awaiting_operator'], ['pending']),
  from(['pending', 'authorized'], ['awaiting_operator', 'authorized', 'claimed']),
  { eventName: ['REMOVE'], dynamodb: { OldImage: phaseIn(['awaiting_operator', 'pending', 'authorized']) } },
];

/**
 * The broker's own bus. What is on it is no secret, so EventBridge's own key will do, and rules need no right to another. A
 * bus must have a name; with the stack's in it, two brokers fit into one account.
 */
export function eventBus(scope: Construct, id: string): events.EventBus {
  return new events.EventBus(scope, id, {
    eventBusName: `${Aws.STACK_NAME}-${scope.node.addr.slice(-8)}`,
    description: 'Fleet Token Broker: what becomes of sessions',
  });
}

/** Asks once a day which sign-ins end soon: an ending is announced a week ahead, so a day more or less is none. */
export function announceDaily(scope: Construct, id: string, announcer: lambda.IFunction): events.Rule {
  return runOnSchedule(scope, id, announcer, {
    description: 'Fleet Token Broker: announces sign-ins that end soon',
    every: Duration.days(1),
    delivery: { retryAttempts: 2, maxEventAge: Duration.hours(1) },
    withoutDeadLetters: 'The next day makes up for a day that was lost: an ending is announced a week ahead.',
  });
}

/**
 * Feeds the table's stream to the function that publishes events.
 *
 * @param target reports the record from which a batch is to be delivered again
 * @param failures receives what could not be published
 */
export function feedEvents(
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
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    parallelizationFactor: 1,
    filters: TRANSITIONS.map((pattern) => lambda.FilterCriteria.filter(pattern)),
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: 30,
    // News of yesterday is no news; and a record that cannot be published must not hold up the shard for a day.
    maxRecordAge: Duration.hours(6),
    // Not SqsDlq, which grants more than sending.
    onFailure: { bind: () => ({ destination: failures.queueArn }) },
  });
}
