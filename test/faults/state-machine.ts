import type { VirtualTime } from './virtual-time.ts';

/** The deployed state machine's own definition (Amazon States Language, JSONPath), run on virtual time. */

type Json = Record<string, unknown>;

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly SecondsPath?: string;
  readonly Seconds?: number;
  readonly Resource?: string;
  readonly Parameters?: Json;
  readonly OutputPath?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly { ErrorEquals: readonly string[]; ResultPath: string; Next: string }[];
  readonly Choices?: readonly { Variable: string; StringEquals: string; Next: string }[];
}

export interface StateMachineOptions {
  /** JSON text. */
  readonly definition: string;
  readonly time: VirtualTime;
  /** Calls a function with a payload; a failure is an error whose name is the error to catch. */
  readonly invoke: (payload: Json) => Promise<unknown>;
  /** Told of every state's input: what a history would hold. */
  readonly onInput: (input: Json) => void;
}

/** The machine: executions by name, each name once. */
export interface SimulatedStateMachine {
  /** @returns false when an execution of this name has been started before */
  start(name: string, input: Json): boolean;
  /** Executions that failed or ran out of time: name and error. */
  readonly failures: readonly string[];
  readonly started: () => number;
  readonly running: () => number;
}

class StateError extends Error {
  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

/** Errors that `States.ALL` does not stand for are none that this machine meets. */
const matches = (names: readonly string[], error: Error): boolean =>
  names.includes('States.ALL') || names.includes(error.name);

/** Makes the machine of a definition. */
export function simulateStateMachine(options: StateMachineOptions): SimulatedStateMachine {
  const { time, invoke, onInput } = options;
  const definition = JSON.parse(options.definition) as {
    StartAt: string;
    TimeoutSeconds: number;
    States: Record<string, State>;
  };
  const names = new Set<string>();
  const failures: string[] = [];
  let running = 0;

  function start(name: string, input: Json): boolean {
    if (names.has(name)) return false;
    names.add(name);
    running += 1;
    void execute(input)
      .catch((error: Error) => void failures.push(`${name}: ${error.name}`))
      .finally(() => {
        running -= 1;
      });
    return true;
  }

  async function execute(input: Json): Promise<void> {
    const startedAt = new Date(time.nowMs()).toISOString();
    const endsAtMs = time.nowMs() + definition.TimeoutSeconds * 1000;
    let data = input;
    let next: string | undefined = definition.StartAt;
    while (next !== undefined) {
      if (time.nowMs() >= endsAtMs) throw new StateError('States.Timeout');
      const state: State = definition.States[next] as State;
      onInput(data);
      ({ data, next } = await step(state, data, startedAt));
    }
  }

  async function step(state: State, data: Json, startedAt: string): Promise<{ data: Json; next: string | undefined }> {
    switch (state.Type) {
      case 'Wait':
        await time.sleep(Number(state.Seconds ?? at(data, state.SecondsPath ?? '')) * 1000);
        return { data, next: state.Next };
      case 'Choice': {
        const chosen = state.Choices?.find(({ Variable, StringEquals }) => at(data, Variable) === StringEquals);
        return { data, next: chosen?.Next ?? state.Default };
      }
      case 'Task':
        return task(state, data, startedAt);
      case 'Succeed':
        return { data, next: undefined };
      default:
        throw new Error(`this machine has no state of type ${state.Type}`);
    }
  }

  async function task(state: State, data: Json, startedAt: string): Promise<{ data: Json; next: string | undefined }> {
    const retries = (state.Retry ?? []).map(() => 0);
    for (;;) {
      try {
        const result = await perform(state, data, startedAt);
        return {
          data: state.OutputPath === undefined ? result : (at(result, state.OutputPath) as Json),
          next: state.Next,
        };
      } catch (failure) {
        const error = failure as Error;
        const index = (state.Retry ?? []).findIndex(({ ErrorEquals }) => matches(ErrorEquals, error));
        const retrier = state.Retry?.[index];
        const tried = retries[index] ?? 0;
        if (retrier !== undefined && tried < (retrier.MaxAttempts ?? 3)) {
          retries[index] = tried + 1;
          await time.sleep((retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** tried * 1000);
          continue;
        }
        const caught = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, error));
        if (caught === undefined) throw error;
        return { data: { ...data, [caught.ResultPath.slice(2)]: { Error: error.name } }, next: caught.Next };
      }
    }
  }

  async function perform(state: State, data: Json, startedAt: string): Promise<Json> {
    const { Resource = '', Parameters = {}, TimeoutSeconds } = state;
    const input = filled(Parameters, data, startedAt) as Json;
    if (Resource.endsWith(':states:::lambda:invoke')) {
      const answer = invoke(structuredClone(input.Payload) as Json);
      const limit = time
        .sleep((TimeoutSeconds ?? 3600) * 1000)
        .then(() => Promise.reject(new StateError('States.Timeout')));
      return { Payload: await Promise.race([answer, limit]) };
    }
    if (Resource.endsWith(':states:::states:startExecution')) {
      if (start(String(input.Name), input.Input as Json)) return {};
      throw new StateError('StepFunctions.ExecutionAlreadyExistsException');
    }
    throw new Error(`this machine has no resource ${Resource}`);
  }

  return { start, failures, started: () => names.size, running: () => running };
}

/** A path such as `$.next`, or `$` itself. */
function at(data: Json, path: string): unknown {
  if (path === '$') return data;
  if (!/^\$\.\w+$/.test(path)) throw new Error(`this machine has no path ${path}`);
  return data[path.slice(2)];
}

/** Parameters with their paths and formats filled in. */
function filled(template: unknown, data: Json, startedAt: string): unknown {
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => {
      if (!name.endsWith('.$')) return [name, filled(value, data, startedAt)];
      return [name.slice(0, -2), evaluate(String(value), data, startedAt)];
    }),
  );
}

function evaluate(expression: string, data: Json, startedAt: string): unknown {
  const format = /^States\.Format\('([^']*)', (.*)\)$/.exec(expression);
  if (format !== null) {
    const values = (format[2] ?? '').split(', ').map((path) => at(data, path));
    return (format[1] ?? '').replaceAll('{}', () => String(values.shift()));
  }
  if (expression === '$$.Execution.StartTime') return startedAt;
  // The machine itself: there is one.
  return expression === '$$.StateMachine.Id' ? expression : at(data, expression);
}
