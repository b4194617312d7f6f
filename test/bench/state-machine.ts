import type { Clock, Sleep } from '../../lambda/core/ports.ts';
import type { Counts } from './counts.ts';
import { fillTemplate, type Json, type JsonObject, valueAt } from './json-path.ts';

/** A state of Amazon States Language, as far as the polling loop uses it. */
interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Resource?: string;
  readonly Parameters?: JsonObject;
  readonly OutputPath?: string;
  readonly ResultPath?: string;
  readonly Default?: string;
  readonly Choices?: readonly { Variable: string; StringEquals: string; Next: string }[];
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly { ErrorEquals: readonly string[]; ResultPath?: string; Next: string }[];
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
}

/** A state machine, as a template has it. */
export interface MachineDefinition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** How a machine runs and what its log says: billing differs. */
export interface MachineKind {
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly logLevel: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
}

export interface MachineOptions extends MachineKind {
  readonly definition: MachineDefinition;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** The function that a task invokes. What it throws is an error of the state, by its name. */
  readonly invoke: (input: Json) => Promise<Json>;
  /** Told of every transition. */
  readonly onTransition?: () => void;
}

/** Starts an execution. @returns false when a Standard one of this name has been started before */
export type StartExecution = (name: string, input: JsonObject) => boolean;

/** An execution of an Express machine is billed for 64 MB at least, by 100 ms, waits included (AWS Step Functions pricing). */
const EXPRESS_GB = 64 / 1024;
const EXPRESS_STEP_MS = 100;

/** History events of a state that went well: entered and left, and of a task what happened in between. */
const EVENTS = { Task: 5, other: 2, startAndEnd: 2, retry: 3 } as const;

/** A history event in the log, without data: measured by writing one down. */
const EVENT_LOG_BYTES = JSON.stringify({
  id: '12',
  type: 'TaskStateEntered',
  details: { name: 'Poll' },
  previous_event_id: '11',
  event_timestamp: '1800000000000',
  execution_arn: `arn:aws:states:us-east-1:123456789012:execution:PollingLoopStateMachine-AbCdEfGhIjKl:${'n'.repeat(45)}`,
  redrive_count: '0',
}).length;

/** Runs executions of a machine and counts what they cost: each state that is entered, each retry. */
export function makeStateMachine(options: MachineOptions): { readonly start: StartExecution } {
  const { definition, counts, clock, sleep, invoke, type, logLevel, onTransition } = options;
  const names = new Set<string>();

  function countEvents(events: number): void {
    if (logLevel === 'ALL') counts.add('orchestration', 'logBytes', events * EVENT_LOG_BYTES);
  }

  function countTransition(): void {
    if (type === 'STANDARD') counts.add('orchestration', 'transitions');
    onTransition?.();
  }

  async function attempt(state: State, input: Json, context: JsonObject): Promise<Json> {
    const parameters = fillTemplate(state.Parameters ?? {}, input, context) as JsonObject;
    if (state.Resource?.endsWith(':lambda:invoke')) return { Payload: await invoke(parameters.Payload as Json) };
    if (!state.Resource?.endsWith(':states:startExecution')) throw new Error(`the bench has no task ${state.Resource}`);
    if (start(parameters.Name as string, parameters.Input as JsonObject)) return {};
    throw errorNamed('StepFunctions.ExecutionAlreadyExistsException');
  }

  /** Runs a task, with its retries and catchers. @returns the output and the next state */
  async function runTask(state: State, input: Json, context: JsonObject): Promise<[Json, string | undefined]> {
    for (let retries = 0; ; retries += 1) {
      try {
        const result = await attempt(state, input, context);
        return [state.OutputPath === undefined ? result : valueAt(state.OutputPath, result, context), state.Next];
      } catch (error) {
        const { name } = error as Error;
        const matches = ({ ErrorEquals }: { ErrorEquals: readonly string[] }): boolean =>
          ErrorEquals.includes(name) || ErrorEquals.includes('States.ALL');
        const retrier = state.Retry?.find(matches);
        if (retrier !== undefined && retries < (retrier.MaxAttempts ?? 3)) {
          await sleep((retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** retries * 1000);
          countTransition();
          countEvents(EVENTS.retry);
          continue;
        }
        const catcher = state.Catch?.find(matches);
        if (catcher === undefined) throw error;
        return [input, catcher.Next];
      }
    }
  }

  async function runState(state: State, input: Json, context: JsonObject): Promise<[Json, string | undefined]> {
    switch (state.Type) {
      case 'Wait': {
        const seconds = state.SecondsPath === undefined ? state.Seconds : valueAt(state.SecondsPath, input, context);
        if (!Number.isSafeInteger(seconds)) throw errorNamed('States.Runtime');
        await sleep((seconds as number) * 1000);
        return [input, state.Next];
      }
      case 'Task':
        return runTask(state, input, context);
      case 'Choice': {
        const rule = state.Choices?.find(
          ({ Variable, StringEquals }) => valueAt(Variable, input, context) === StringEquals,
        );
        return [input, rule?.Next ?? state.Default];
      }
      case 'Succeed':
        return [input, undefined];
      default:
        throw new Error(`the bench has no state of type ${state.Type}`);
    }
  }

  async function execute(input: JsonObject): Promise<void> {
    const startedAtMs = clock.nowMs();
    const context = {
      StateMachine: { Id: 'state-machine' },
      Execution: { StartTime: new Date(startedAtMs).toISOString() },
    };
    countEvents(EVENTS.startAndEnd);
    let current: Json = input;
    for (let name: string | undefined = definition.StartAt; name !== undefined; ) {
      const state = definition.States[name] as State;
      countTransition();
      countEvents(state.Type === 'Task' ? EVENTS.Task : EVENTS.other);
      [current, name] = await runState(state, current, context);
    }
    if (type === 'STANDARD') return;
    const lastedMs = clock.nowMs() - startedAtMs;
    const billedMs = Math.max(1, Math.ceil(lastedMs / EXPRESS_STEP_MS)) * EXPRESS_STEP_MS;
    if (billedMs > 300_000)
      throw new Error(`an Express execution lasted ${lastedMs / 1000} s: it would have been ended`);
    counts.add('orchestration', 'expressGbSeconds', (billedMs / 1000) * EXPRESS_GB);
  }

  function start(name: string, input: JsonObject): boolean {
    if (type === 'STANDARD' && names.has(name)) return false;
    names.add(name);
    counts.add('orchestration', 'executions');
    if (type === 'EXPRESS') counts.add('orchestration', 'expressRequests');
    void execute(structuredClone(input));
    return true;
  }

  return { start };
}

/** An error by the name that Amazon States Language knows it by. */
export function errorNamed(name: string): Error {
  const error = new Error(name);
  error.name = name;
  return error;
}
