/** The state machine of the template: its executions, whose tasks call the functions and start further executions. */

import type { Functions, Invocation } from '../functions.ts';
import { stateMachineArn } from '../intrinsics.ts';
import type { LocalApp } from '../template.ts';
import { type Executions, makeExecutions } from './executions.ts';
import { startExecution } from './step-functions.ts';
import { makeTaskHandlers } from './tasks.ts';

/**
 * Makes the executions of an app's state machine.
 *
 * @param invoke calls the app's functions
 * @throws TemplateError when the definition is not one that can run here
 */
export function executionsOf({ stateMachine }: LocalApp, invoke: Functions['invoke']): Executions {
  const { name, definition } = stateMachine;
  const executions: Executions = makeExecutions({
    stateMachineArn: stateMachineArn(name),
    definition,
    now: Date.now,
    taskHandlers: makeTaskHandlers(definition, {
      invokeFunction: async (arn, payload) => answerOf(await invoke(arn, payload)),
      startExecution: (arn, executionName, input) => startExecution(executions, arn, executionName, input).arn,
    }),
  });
  return executions;
}

/**
 * A function's answer to the state machine, or the error as Step Functions names it.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
function answerOf(invocation: Invocation): unknown {
  const failure = (name: string, message: string): Error => Object.assign(new Error(message), { name });
  switch (invocation.outcome) {
    case 'answered':
      return invocation.answer;
    case 'failed':
      throw failure(invocation.errorType, invocation.errorMessage);
    case 'timed_out':
      throw failure('Sandbox.Timedout', 'The function did not answer in time.');
    case 'crashed':
      throw failure('Lambda.Unknown', 'The function ended before it answered.');
    default:
      throw invocation satisfies never;
  }
}
