/** Runs executions of the deployed state machine's own definition, in this process. */

import { ExecutionTimeoutError, StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { TemplateError } from '../intrinsics.ts';
import { addToHistory, type HistoryEvent } from './execution-history.ts';

/** How an execution stands. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One execution. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  /** JSON text, as it was given. */
  readonly input: string;
  readonly startedAtMs: number;
  readonly history: readonly HistoryEvent[];
  readonly status: ExecutionStatus;
  readonly stoppedAtMs?: number;
  /** JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** What became of a start. */
export type StartOutcome =
  | { readonly outcome: 'started'; readonly execution: Execution }
  /** The same name and input as an execution that runs: that one is meant. */
  | { readonly outcome: 'running'; readonly execution: Execution }
  | { readonly outcome: 'name_taken'; readonly execution: Execution };

/** The executions of one state machine. */
export interface Executions {
  readonly stateMachineArn: string;
  /** @param input JSON text */
  start(name: string, input: string): StartOutcome;
  find(arn: string): Execution | undefined;
  /** The newest first. */
  list(): readonly Execution[];
  /** Aborts an execution; one that has ended stays as it is. */
  stop(execution: Execution, error?: string, cause?: string): void;
  /** Aborts all and waits for them. */
  close(): Promise<void>;
}

/** Runs a Task state: by its name, with its input after `Parameters`. An exception's `name` is the error to catch. */
export type TaskHandlers = Readonly<Record<string, (input: unknown) => Promise<unknown>>>;

export interface ExecutionsOptions {
  readonly stateMachineArn: string;
  /** The definition in the Amazon States Language, JSON text. */
  readonly definition: string;
  readonly taskHandlers: TaskHandlers;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Executions that have ended are kept for their names and histories, this many. */
const KEPT_ENDED = 1000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Running = Mutable<Execution> & { history: HistoryEvent[]; abort: () => void; ended: Promise<void> };

/**
 * Makes the executions of a state machine.
 *
 * @throws TemplateError when the definition is not one that can run here
 */
export function makeExecutions(options: ExecutionsOptions): Executions {
  // The runner's own validator takes a state that is called Next for a broken transition; the app's tests validate.
  const machine = new StateMachine(parseDefinition(options.definition), { validationOptions: { noValidate: true } });
  const machineName = options.stateMachineArn.split(':').at(-1) ?? '';
  const arnOf = (name: string): string =>
    `${options.stateMachineArn.replace(':stateMachine:', ':execution:').replace(/:[^:]*$/, '')}:${machineName}:${name}`;
  const byArn = new Map<string, Running>();

  const forgetOldest = (): void => {
    const ended = [...byArn.values()].filter(({ status }) => status !== 'RUNNING');
    for (const { arn } of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) byArn.delete(arn);
  };

  const run = (name: string, input: string): Running => {
    const execution: Running = {
      arn: arnOf(name),
      name,
      input,
      startedAtMs: options.now(),
      status: 'RUNNING',
      history: [],
      abort: () => {},
      ended: Promise.resolve(),
    };
    const context = {
      Execution: { Id: execution.arn, Name: name },
      StateMachine: { Id: options.stateMachineArn, Name: machineName },
    };
    const { abort, result, eventLogs } = machine.run(JSON.parse(input), {
      overrides: { taskResourceLocalHandlers: options.taskHandlers as never },
      noThrowOnAbort: true,
      context,
    });
    execution.abort = abort;
    execution.ended = settle(execution, result, options.now).finally(forgetOldest);
    void addToHistory(execution.history, eventLogs);
    return execution;
  };

  return {
    stateMachineArn: options.stateMachineArn,
    start: (name, input) => {
      const known = byArn.get(arnOf(name));
      if (known !== undefined) {
        const same = known.status === 'RUNNING' && known.input === input;
        return { outcome: same ? 'running' : 'name_taken', execution: known };
      }
      const execution = run(name, input);
      byArn.set(execution.arn, execution);
      return { outcome: 'started', execution };
    },
    find: (arn) => byArn.get(arn),
    list: () => [...byArn.values()].reverse(),
    stop: ({ arn }, error, cause) => {
      const execution = byArn.get(arn);
      if (execution === undefined || execution.status !== 'RUNNING') return;
      end(execution, 'ABORTED', options.now());
      if (error !== undefined) execution.error = error;
      if (cause !== undefined) execution.cause = cause;
      execution.abort();
    },
    close: async () => {
      for (const execution of byArn.values()) execution.abort();
      await Promise.all([...byArn.values()].map(({ ended }) => ended));
    },
  };
}

/** The runner silently misreads JSONata: it is refused here. */
function parseDefinition(text: string): StateMachineDefinition {
  const definition = JSON.parse(text) as StateMachineDefinition & { QueryLanguage?: string };
  const states = Object.values(definition.States) as { QueryLanguage?: string }[];
  if ([definition, ...states].some(({ QueryLanguage }) => QueryLanguage === 'JSONata')) {
    throw new TemplateError('the local run acts out JSONPath state machines alone, and this one uses JSONata');
  }
  return definition;
}

function end(execution: Running, status: ExecutionStatus, stoppedAtMs: number): void {
  execution.status = status;
  execution.stoppedAtMs = stoppedAtMs;
}

async function settle(execution: Running, result: Promise<unknown>, now: () => number): Promise<void> {
  try {
    const output = await result;
    // An aborted execution ends without output, and `stop` has already said so.
    if (execution.status !== 'RUNNING') return;
    end(execution, output === null ? 'ABORTED' : 'SUCCEEDED', now());
    if (output !== null) execution.output = JSON.stringify(output);
  } catch (error) {
    const failure = error as Error & { cause?: Error };
    end(execution, failure instanceof ExecutionTimeoutError ? 'TIMED_OUT' : 'FAILED', now());
    execution.error = failure.cause?.name ?? failure.name;
    execution.cause = failure.cause?.message ?? failure.message;
  }
}
