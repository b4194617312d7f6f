/** A stand-in for the Step Functions API, over the executions of one state machine. */

import { randomUUID } from 'node:crypto';
import type { Execution, Executions } from './executions.ts';
import { AwsError, type AwsService, jsonService } from './wire.ts';

type Input = Readonly<Record<string, unknown>>;

/** Names: at most 80 characters, none of those that Step Functions forbids (API reference, StartExecution). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among the forbidden ones.
const VALID_NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/;

/**
 * Starts an execution as the API does.
 *
 * @param input JSON text
 * @throws AwsError named as the API's exceptions: ExecutionAlreadyExists, InvalidName, StateMachineDoesNotExist …
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function startExecution(
  executions: Executions,
  stateMachineArn: string,
  name: string | undefined,
  input: string,
): Execution {
  if (stateMachineArn !== executions.stateMachineArn) {
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  }
  const executionName = name ?? randomUUID();
  if (!VALID_NAME.test(executionName)) throw new AwsError('InvalidName', `Invalid Name: '${executionName}'`);
  try {
    JSON.parse(input);
  } catch {
    throw new AwsError('InvalidExecutionInput', 'The input is not JSON.');
  }
  const started = executions.start(executionName, input);
  if (started.outcome === 'name_taken') {
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${started.execution.arn}'`);
  }
  return started.execution;
}

/** Makes the service. */
export function makeStepFunctions(executions: Executions): AwsService {
  const find = (input: Input): Execution => {
    const execution = executions.find(String(input.executionArn));
    if (execution === undefined) {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${String(input.executionArn)}'`);
    }
    return execution;
  };
  return jsonService({
    StartExecution: (input) => {
      const name = input.name === undefined ? undefined : String(input.name);
      const text = String(input.input ?? '{}');
      const execution = startExecution(executions, String(input.stateMachineArn), name, text);
      return { executionArn: execution.arn, startDate: execution.startedAtMs / 1000 };
    },
    DescribeExecution: (input) => {
      const execution = find(input);
      const { input: text, output, error, cause } = execution;
      return { ...summary(executions, execution), input: text, output, error, cause };
    },
    ListExecutions: (input) => {
      const wanted = executions.list().filter(({ status }) => (input.statusFilter ?? status) === status);
      const { members, nextToken } = page(wanted, input);
      return { executions: members.map((execution) => summary(executions, execution)), nextToken };
    },
    GetExecutionHistory: (input) => {
      const { history } = find(input);
      const { members, nextToken } = page(input.reverseOrder === true ? history.toReversed() : history, input);
      return { events: members, nextToken };
    },
    StopExecution: (input) => {
      const execution = find(input);
      const text = (name: string): string | undefined => (typeof input[name] === 'string' ? input[name] : undefined);
      executions.stop(execution, text('error'), text('cause'));
      return { stopDate: (execution.stoppedAtMs ?? execution.startedAtMs) / 1000 };
    },
  });
}

function summary(executions: Executions, execution: Execution): Record<string, unknown> {
  return {
    executionArn: execution.arn,
    stateMachineArn: executions.stateMachineArn,
    name: execution.name,
    status: execution.status,
    startDate: execution.startedAtMs / 1000,
    stopDate: execution.stoppedAtMs === undefined ? undefined : execution.stoppedAtMs / 1000,
  };
}

/** A page of a list; the token is the offset of the next one. */
function page<T>(list: readonly T[], input: Input): { members: readonly T[]; nextToken: string | undefined } {
  const from = Number(input.nextToken ?? 0);
  const to = from + Number(input.maxResults || 100);
  return { members: list.slice(from, to), nextToken: to < list.length ? String(to) : undefined };
}
