import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { type Executions, makeExecutions } from '../../local/aws/executions.ts';
import { makeStepFunctions, startExecution } from '../../local/aws/step-functions.ts';
import { makeTaskHandlers } from '../../local/aws/tasks.ts';
import { clientSettings } from './stand-in-clients.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine';
const POLL = 'arn:aws:lambda:us-east-1:000000000000:function:Poll';

/** The polling loop's shape: poll, then wait, hand over or end. */
const DEFINITION = JSON.stringify({
  StartAt: 'Wait',
  States: {
    Wait: { Type: 'Wait', SecondsPath: '$.waitSeconds', Next: 'Poll' },
    Poll: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: POLL, 'Payload.$': '$' },
      OutputPath: '$.Payload',
      Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'GaveUp' }],
      Next: 'Next',
    },
    Next: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.next', StringEquals: 'wait', Next: 'Wait' },
        { Variable: '$.next', StringEquals: 'hand-over', Next: 'HandOver' },
      ],
      Default: 'Done',
    },
    HandOver: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': "States.Format('{}-{}', $.cohort, $.generation)",
        Input: {
          'cohort.$': '$.cohort',
          'generation.$': '$.generation',
          'sessionIds.$': '$.sessionIds',
          waitSeconds: 0,
        },
      },
      Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'Done' }],
      Next: 'Done',
    },
    GaveUp: { Type: 'Fail', Error: 'GaveUp', Cause: 'the poll failed' },
    Done: { Type: 'Succeed' },
  },
});

type State = { cohort: string; generation: number; sessionIds: string[]; waitSeconds: number; next?: string };

const INPUT: State = { cohort: 'c', generation: 0, sessionIds: ['one'], waitSeconds: 0 };

let poll: (state: State) => Promise<unknown>;
let polled: State[];
let executions: Executions;
let endpoint: AwsEndpoint;
let client: SFNClient;

beforeEach(async () => {
  polled = [];
  poll = async (state) => ({ ...state, next: 'done' });
  executions = makeExecutions({
    stateMachineArn: MACHINE,
    definition: DEFINITION,
    now: Date.now,
    taskHandlers: makeTaskHandlers(DEFINITION, {
      invokeFunction: async (_arn, payload) => {
        polled.push(payload as State);
        return poll(payload as State);
      },
      startExecution: (arn, name, input) => startExecution(executions, arn, name, input).arn,
    }),
  });
  endpoint = await startAwsEndpoint({ AWSStepFunctions: makeStepFunctions(executions) }, () => {});
  client = new SFNClient(clientSettings(endpoint.url));
});
afterEach(async () => {
  client.destroy();
  await executions.close();
  await endpoint.close();
});

const start = (name: string, input: State) =>
  client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name, input: JSON.stringify(input) }));

const describeExecution = (executionArn: string | undefined) =>
  client.send(new DescribeExecutionCommand({ executionArn }));

async function ended(executionArn: string | undefined) {
  for (;;) {
    const execution = await describeExecution(executionArn);
    if (execution.status !== 'RUNNING') return execution;
    await sleep(5);
  }
}

describe('StartExecution', () => {
  it('runs the state machine', async () => {
    const { executionArn, startDate } = await start('first', INPUT);
    const execution = await ended(executionArn);

    expect(executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:Machine:first');
    expect(startDate).toBeInstanceOf(Date);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', name: 'first', input: JSON.stringify(INPUT) });
    expect(JSON.parse(execution.output ?? '')).toEqual({ ...INPUT, next: 'done' });
  });

  it('gives the running execution again for the same name and input, and starts nothing', async () => {
    const first = await start('again', { ...INPUT, waitSeconds: 60 });
    const second = await start('again', { ...INPUT, waitSeconds: 60 });

    expect(second.executionArn).toBe(first.executionArn);
    expect(executions.list()).toHaveLength(1);
  });

  it('refuses a running name with another input', async () => {
    await start('taken', { ...INPUT, waitSeconds: 60 });

    await expect(start('taken', { ...INPUT, waitSeconds: 61 })).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('refuses the name of an execution that has ended, also with the same input', async () => {
    const { executionArn } = await start('ended', INPUT);
    await ended(executionArn);

    await expect(start('ended', INPUT)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(polled).toHaveLength(1);
  });

  it('refuses names that Step Functions refuses', async () => {
    await expect(start('a b', INPUT)).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(start('x'.repeat(81), INPUT)).rejects.toMatchObject({ name: 'InvalidName' });
  });

  it('refuses another state machine', async () => {
    const command = new StartExecutionCommand({ stateMachineArn: `${MACHINE}2`, input: '{}' });

    await expect(client.send(command)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});

describe('an execution', () => {
  it('loops until the poll says that it is done', async () => {
    poll = async (state) => ({ ...state, next: polled.length < 3 ? 'wait' : 'done' });

    const { executionArn } = await start('loop', INPUT);

    expect((await ended(executionArn)).status).toBe('SUCCEEDED');
    expect(polled).toHaveLength(3);
  });

  it('waits as long as its state says', async () => {
    const { executionArn } = await start('wait', { ...INPUT, waitSeconds: 1 });
    const { startDate, stopDate } = await ended(executionArn);

    expect(Number(stopDate) - Number(startDate)).toBeGreaterThanOrEqual(990);
  });

  it('hands over to an execution of its own machine, ids of one and none included', async () => {
    poll = async (state) =>
      state.generation === 0
        ? { ...state, generation: 1, sessionIds: ['one'], next: 'hand-over' }
        : { ...state, sessionIds: [], next: 'done' };

    const { executionArn } = await start('cohort', INPUT);
    await ended(executionArn);
    const next = await ended(executionArn?.replace(/cohort$/, 'c-1'));

    expect(JSON.parse(next.input ?? '')).toEqual({ cohort: 'c', generation: 1, sessionIds: ['one'], waitSeconds: 0 });
    expect(JSON.parse(next.output ?? '').sessionIds).toEqual([]);
  });

  it('ends well when somebody else has handed over before', async () => {
    await start('c-1', { ...INPUT, generation: 1, waitSeconds: 60 });
    poll = async (state) => ({ ...state, generation: 1, next: 'hand-over' });

    const { executionArn } = await start('late', INPUT);

    expect((await ended(executionArn)).status).toBe('SUCCEEDED');
  });

  it('retries an error that its retrier names', async () => {
    poll = async (state) => {
      if (polled.length === 1) throw Object.assign(new Error('busy'), { name: 'Lambda.TooManyRequestsException' });
      return { ...state, next: 'done' };
    };

    const { executionArn } = await start('retry', INPUT);

    expect((await ended(executionArn)).status).toBe('SUCCEEDED');
    expect(polled).toHaveLength(2);
  });

  it('catches any other error, and fails as its Fail state says', async () => {
    poll = async () => {
      throw Object.assign(new Error('no'), { name: 'TypeError' });
    };

    const { executionArn } = await start('fail', INPUT);

    expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'GaveUp' });
  });

  it('can be stopped', async () => {
    const { executionArn } = await start('stop', { ...INPUT, waitSeconds: 60 });
    await client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));

    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'by hand',
    });
    expect(polled).toEqual([]);
  });

  it('tells its history, oldest first or newest first', async () => {
    const { executionArn } = await start('history', INPUT);
    await ended(executionArn);

    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    const { events: newest = [] } = await client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );

    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'WaitStateExited',
      'TaskStateEntered',
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events[3]?.stateEnteredEventDetails).toEqual({ name: 'Poll', input: JSON.stringify(INPUT) });
    expect(newest.map(({ type }) => type)).toEqual(['ExecutionSucceeded']);
  });
});

describe('ListExecutions', () => {
  it('gives the newest first, by status, in pages', async () => {
    const { executionArn } = await start('a', INPUT);
    await ended(executionArn);
    await start('b', { ...INPUT, waitSeconds: 60 });
    await start('c', { ...INPUT, waitSeconds: 60 });
    const list = async (more: { statusFilter?: 'RUNNING'; maxResults?: number; nextToken?: string }) =>
      client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE, ...more }));

    const running = await list({ statusFilter: 'RUNNING' });
    const page = await list({ maxResults: 2 });
    const rest = await list({ maxResults: 2, ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) });

    expect(running.executions?.map(({ name }) => name)).toEqual(['c', 'b']);
    expect(page.executions?.map(({ name }) => name)).toEqual(['c', 'b']);
    expect(rest.executions?.map(({ name }) => name)).toEqual(['a']);
    expect(rest.nextToken).toBeUndefined();
  });
});

describe('a definition that cannot run here', () => {
  const making = (definition: unknown) => () =>
    makeExecutions({
      stateMachineArn: MACHINE,
      definition: JSON.stringify(definition),
      now: Date.now,
      taskHandlers: {},
    });

  it('is refused when it is in JSONata, which the runner would silently misread', () => {
    const state = { Type: 'Wait', QueryLanguage: 'JSONata', Seconds: '{% 1 %}', End: true };

    expect(making({ StartAt: 'A', States: { A: state } })).toThrow('JSONPath state machines alone');
  });

  it('is refused when a task calls a service that is not here', () => {
    const definition = JSON.stringify({
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true } },
    });
    const ports = { invokeFunction: async () => null, startExecution: () => '' };

    expect(() => makeTaskHandlers(definition, ports)).toThrow('cannot act out the state A');
  });
});
