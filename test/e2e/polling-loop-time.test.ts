import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CohortState, MAX_TICKS, type TickResult } from '../../lambda/core/cohort.ts';
import { pollingDefinition } from '../../lib/polling-definition.ts';
import { type Executions, makeExecutions } from '../../local/aws/executions.ts';
import { startExecution } from '../../local/aws/step-functions.ts';
import { makeTaskHandlers } from '../../local/aws/tasks.ts';

/** The deployed state machine's own definition, run by the interpreter of the local run in virtual time. */

const POLL_FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:Poll';
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine';
const FIRST: CohortState = { cohort: 'cohort', generation: 0, tick: 0, sessionIds: ['one', 'two'], waitSeconds: 3 };

let poll: (state: CohortState) => TickResult;
let polledAtSeconds: number[];
let executions: Executions;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  polledAtSeconds = [];
  const definition = JSON.stringify(pollingDefinition(POLL_FUNCTION, 'aws'));
  executions = makeExecutions({
    stateMachineArn: MACHINE,
    definition,
    now: Date.now,
    taskHandlers: makeTaskHandlers(definition, {
      invokeFunction: async (_arn, payload) => {
        polledAtSeconds.push(Date.now() / 1000);
        return poll(payload as CohortState);
      },
      startExecution: (arn, name, input) => startExecution(executions, arn, name, input).arn,
    }),
  });
});
afterEach(async () => {
  const closed = executions.close();
  await vi.runAllTimersAsync();
  await closed;
  vi.useRealTimers();
});

const start = (state: CohortState): void => void executions.start('first', JSON.stringify(state));

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1000);

const statuses = (): string[] => executions.list().map(({ name, status }) => `${name} ${status}`);

describe('the polling loop in virtual time', () => {
  it('waits as long as each poll says, and ends when nothing is pending', async () => {
    const waits = [5, 10, 30];
    poll = (state) => {
      const waitSeconds = waits.shift();
      return waitSeconds === undefined
        ? { ...state, sessionIds: [], next: 'done' }
        : { ...state, waitSeconds, next: 'wait' };
    };

    start(FIRST);
    await pass(60);

    expect(polledAtSeconds).toEqual([3, 8, 18, 48]);
    expect(statuses()).toEqual(['first SUCCEEDED']);
  });

  it('hands the sessions that are left over to a fresh execution, which goes on where this one stopped', async () => {
    const inputs: CohortState[] = [];
    poll = (state) => {
      inputs.push(state);
      return state.generation === 0
        ? { ...state, generation: 1, tick: 0, sessionIds: ['two'], waitSeconds: 20, next: 'hand-over' }
        : { ...state, sessionIds: [], next: 'done' };
    };

    start({ ...FIRST, tick: MAX_TICKS - 1 });
    await pass(60);

    expect(polledAtSeconds).toEqual([3, 23]);
    expect(inputs[1]).toEqual({ cohort: 'cohort', generation: 1, tick: 0, sessionIds: ['two'], waitSeconds: 20 });
    expect(statuses()).toEqual(['cohort-1 SUCCEEDED', 'first SUCCEEDED']);
  });

  it('retries a concurrency limit with growing pauses', async () => {
    const failures = [1, 2, 3];
    poll = (state) => {
      if (failures.shift() !== undefined) throw named('Lambda.TooManyRequestsException');
      return { ...state, sessionIds: [], next: 'done' };
    };

    start(FIRST);
    await pass(60);

    expect(polledAtSeconds).toEqual([3, 8, 15.5, 26.75]);
    expect(statuses()).toEqual(['first SUCCEEDED']);
  });

  it('pauses a minute after any other failure, and polls the same sessions again', async () => {
    const polled: CohortState[] = [];
    poll = (state) => {
      polled.push(state);
      if (polled.length === 1) throw named('TypeError');
      return { ...state, sessionIds: [], next: 'done' };
    };

    start(FIRST);
    await pass(120);

    expect(polledAtSeconds).toEqual([3, 63]);
    expect(polled[1]).toMatchObject(FIRST);
    expect(statuses()).toEqual(['first SUCCEEDED']);
  });
});

function named(name: string): Error {
  return Object.assign(new Error('the function failed'), { name });
}
