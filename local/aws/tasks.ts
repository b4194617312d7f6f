/** What the Task states of the deployed state machine do: call a function, or start an execution. */

import { TemplateError } from '../intrinsics.ts';
import type { TaskHandlers } from './executions.ts';

export interface TaskPorts {
  /**
   * Calls a function.
   *
   * @returns its answer; a function that fails is an exception whose name is the error's type
   */
  readonly invokeFunction: (functionArn: string, payload: unknown) => Promise<unknown>;
  /**
   * Starts an execution.
   *
   * @param input JSON text
   * @returns its ARN; a taken name is an exception named ExecutionAlreadyExists
   */
  readonly startExecution: (stateMachineArn: string, name: string | undefined, input: string) => string;
}

interface TaskState {
  readonly Type: string;
  readonly Resource?: string;
}

/**
 * Makes the handlers of a definition's Task states, by state name.
 *
 * @param definition in the Amazon States Language, JSON text
 * @throws TemplateError for a resource that the local run cannot act out
 */
export function makeTaskHandlers(definition: string, ports: TaskPorts): TaskHandlers {
  const { States } = JSON.parse(definition) as { States: Record<string, TaskState> };
  const tasks = Object.entries(States).filter(([, state]) => state.Type === 'Task');
  return Object.fromEntries(tasks.map(([name, state]) => [name, handlerOf(name, state.Resource ?? '', ports)]));
}

function handlerOf(stateName: string, resource: string, ports: TaskPorts): (input: unknown) => Promise<unknown> {
  if (resource === 'arn:aws:states:::lambda:invoke') {
    return async (input) => {
      const { FunctionName, Payload } = input as { FunctionName: string; Payload: unknown };
      const answer = await ports.invokeFunction(FunctionName, Payload);
      return { ExecutedVersion: '$LATEST', Payload: answer ?? null, StatusCode: 200 };
    };
  }
  if (resource === 'arn:aws:states:::states:startExecution') {
    return async (input) => {
      const { StateMachineArn, Name, Input } = input as { StateMachineArn: string; Name?: string; Input: unknown };
      const ExecutionArn = inNamespace('StepFunctions', () =>
        ports.startExecution(StateMachineArn, Name, JSON.stringify(Input ?? {})),
      );
      return { ExecutionArn, StartDate: new Date().toISOString() };
    };
  }
  if (resource.startsWith('arn:aws:lambda:')) return async (input) => ports.invokeFunction(resource, input);
  throw new TemplateError(`the local run cannot act out the state ${stateName} (${resource})`);
}

/** Step Functions names a service's exceptions `<Service>.<Name>Exception`. */
function inNamespace<T>(service: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const failure = error as Error;
    throw Object.assign(new Error(failure.message), {
      name: `${service}.${failure.name.replace(/Exception$/, '')}Exception`,
    });
  }
}
