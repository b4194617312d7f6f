/** The way from a clock to the gauges: once a minute somebody counts who waits. */
import { Duration, Validations } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { runOnSchedule } from '../schedule.ts';

/**
 * Has a function called once a minute, and never a second time for the same minute: the next one makes up for it, and a late
 * count would tell of another minute than its own.
 */
export function countEveryMinute(scope: Construct, id: string, counter: lambda.Function): events.Rule {
  const delivery = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
  counter.configureAsyncInvoke(delivery);
  Validations.of(counter).acknowledge({
    id: 'Serverless-LambdaAsyncFailureDestination',
    reason: 'What failed is a minute that is over: there is nothing to keep of it, and an alarm tells of the errors.',
  });
  return runOnSchedule(scope, id, counter, {
    description: 'Fleet Token Broker: counts who waits',
    every: Duration.minutes(1),
    delivery,
    withoutDeadLetters: 'The next minute makes up for a minute that was lost; a late count would be a wrong one.',
  });
}
