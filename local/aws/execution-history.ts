/** The history of an execution, as GetExecutionHistory tells it. */

import type { StateMachine } from 'aws-local-stepfunctions';

type RunnerEvents = ReturnType<StateMachine['run']>['eventLogs'];
type RunnerEvent = RunnerEvents extends AsyncGenerator<infer Event> ? Event : never;

/** One event; the members are those of Step Functions' HistoryEvent. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Epoch seconds. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: `${string}EventDetails`]: Readonly<Record<string, string>>;
}

/** The latest events are kept, this many: a long execution has thousands. */
const KEPT_EVENTS = 250;

/** Appends the runner's events to a history until the execution ends. */
export async function addToHistory(history: HistoryEvent[], events: RunnerEvents): Promise<void> {
  let id = 0;
  for await (const event of events) {
    id += 1;
    history.push({ id, previousEventId: id - 1, timestamp: event.timestamp / 1000, ...details(event) });
    if (history.length > KEPT_EVENTS) history.shift();
  }
}

function details(event: RunnerEvent): Pick<HistoryEvent, 'type' | `${string}EventDetails`> {
  switch (event.type) {
    case 'ExecutionStarted':
      return { type: event.type, executionStartedEventDetails: { input: JSON.stringify(event.input) } };
    case 'ExecutionSucceeded':
      return { type: event.type, executionSucceededEventDetails: { output: JSON.stringify(event.output) } };
    case 'ExecutionFailed':
      return { type: event.type, executionFailedEventDetails: failure(event) };
    case 'StateEntered':
      return {
        type: `${event.state.type}StateEntered`,
        stateEnteredEventDetails: { name: event.state.name, input: JSON.stringify(event.state.input) },
      };
    case 'StateExited':
      return {
        type: `${event.state.type}StateExited`,
        stateExitedEventDetails: { name: event.state.name, output: JSON.stringify(event.state.output ?? null) },
      };
    case 'StateFailed':
      return { type: 'TaskFailed', taskFailedEventDetails: failure(event) };
    default:
      return { type: event.type };
  }
}

function failure(event: { readonly Error: string; readonly Cause: unknown }): { error: string; cause: string } {
  return { error: event.Error, cause: String(event.Cause) };
}
