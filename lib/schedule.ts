/** The way from a clock to a function that runs again and again. */
import { type Duration, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** When a function runs, and what becomes of a run that fails. */
export interface ScheduleProps {
  /** The description of the rule. */
  readonly description: string;
  /** How long from one run to the next. */
  readonly every: Duration;
  /** How often, and for how long, a run that could not be started is tried again. */
  readonly delivery: { readonly retryAttempts: number; readonly maxEventAge: Duration };
  /** Why nobody needs a queue of the runs that were lost. */
  readonly withoutDeadLetters: string;
}

/** Has a function run on a schedule. */
export function runOnSchedule(
  scope: Construct,
  id: string,
  target: lambda.IFunction,
  { description, every, delivery, withoutDeadLetters }: ScheduleProps,
): events.Rule {
  const rule = new events.Rule(scope, id, {
    description,
    schedule: events.Schedule.rate(every),
    targets: [new targets.LambdaFunction(target, delivery)],
  });
  Validations.of(rule).acknowledge({ id: 'Serverless-EventBusDLQ', reason: withoutDeadLetters });
  return rule;
}
