import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { MAX_TICKS } from '../../lambda/core/cohort.ts';
import { brokerTemplate, onlyResource, readable } from '../support/synth.ts';

interface State {
  readonly Type: string;
  readonly Seconds?: number;
  readonly Retry?: readonly { MaxAttempts: number; IntervalSeconds?: number; BackoffRate?: number }[];
}

const template = brokerTemplate();
const machine = onlyResource(template, 'AWS::StepFunctions::StateMachine');
const definition = JSON.parse(readable(machine.Properties.DefinitionString)) as {
  TimeoutSeconds: number;
  States: Record<string, State>;
};

describe('the polling loop', () => {
  it('is valid Amazon States Language', () => {
    const literal = JSON.parse(JSON.stringify(definition).replaceAll('{Partition}', 'aws'));

    expect(aslValidator(literal)).toMatchObject({ isValid: true, errors: [] });
  });

  it('polls, waits as long as the poll says, and ends when nothing is left', () => {
    const { Wait, Poll, Decide, Pause, Done } = definition.States;

    expect(definition).toMatchObject({ StartAt: 'Wait', TimeoutSeconds: 7200 });
    expect(definition).not.toHaveProperty('QueryLanguage');
    expect(Wait).toEqual({ Type: 'Wait', SecondsPath: '$.waitSeconds', Next: 'Poll' });
    expect(Poll).toMatchObject({
      Type: 'Task',
      Resource: 'arn:{Partition}:states:::lambda:invoke',
      Parameters: { FunctionName: 'BrokerPoll.Arn', 'Payload.$': '$' },
      OutputPath: '$.Payload',
      Next: 'Decide',
    });
    expect(Decide).toEqual({
      Type: 'Choice',
      Choices: [
        { Variable: '$.next', StringEquals: 'wait', Next: 'Wait' },
        { Variable: '$.next', StringEquals: 'hand-over', Next: 'HandOver' },
      ],
      Default: 'Done',
    });
    expect(Pause).toEqual({ Type: 'Wait', Seconds: 60, Next: 'Poll' });
    expect(Done).toEqual({ Type: 'Succeed' });
  });

  it('has no other states', () => {
    expect(Object.keys(definition.States)).toEqual([
      'Wait',
      'Poll',
      'Decide',
      'Pause',
      'HandOver',
      'HandOverPause',
      'Done',
    ]);
  });

  it('retries what Lambda may get over, concurrency limits included, and pauses after everything else', () => {
    expect(definition.States.Poll).toMatchObject({
      TimeoutSeconds: 70,
      Retry: [
        {
          ErrorEquals: [
            'Lambda.ClientExecutionTimeoutException',
            'Lambda.ServiceException',
            'Lambda.AWSLambdaException',
            'Lambda.SdkClientException',
            'Lambda.TooManyRequestsException',
            'Lambda.Unknown',
            'States.Timeout',
          ],
          IntervalSeconds: 5,
          MaxAttempts: 4,
          BackoffRate: 1.5,
        },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Pause' }],
    });
  });

  it('never jitters a retry, which could undercut the interval', () => {
    expect(JSON.stringify(definition)).not.toContain('JitterStrategy');
  });

  it('hands over to an execution of its own kind, by a name that makes a second attempt harmless', () => {
    const exists = 'StepFunctions.ExecutionAlreadyExistsException';

    expect(definition.States.HandOver).toEqual({
      Type: 'Task',
      Resource: 'arn:{Partition}:states:::states:startExecution',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': "States.Format('{}-{}', $.cohort, $.generation)",
        Input: {
          'cohort.$': '$.cohort',
          'generation.$': '$.generation',
          'tick.$': '$.tick',
          'sessionIds.$': '$.sessionIds',
          'waitSeconds.$': '$.waitSeconds',
        },
      },
      Retry: [
        { ErrorEquals: [exists], MaxAttempts: 0 },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 4, BackoffRate: 1.5 },
      ],
      Catch: [
        { ErrorEquals: [exists], ResultPath: '$.failure', Next: 'Done' },
        { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'HandOverPause' },
      ],
      Next: 'Done',
    });
    expect(definition.States.HandOverPause).toEqual({ Type: 'Wait', Seconds: 60, Next: 'HandOver' });
  });
});

describe('the history of an execution', () => {
  const { Wait, Poll, Decide, Pause, HandOver, HandOverPause, Done } = definition.States as Record<
    'Wait' | 'Poll' | 'Decide' | 'Pause' | 'HandOver' | 'HandOverPause' | 'Done',
    State
  >;

  /** Step Functions' events: entered and exited; for a task also scheduled, started and ended, each attempt again. */
  function worstEvents(state: State): number {
    return state.Type === 'Task' ? 2 + 3 * (1 + retriesOf(state)) : 2;
  }

  function retriesOf(state: State): number {
    return Math.max(...(state.Retry ?? []).map(({ MaxAttempts }) => MaxAttempts));
  }

  /** Events per second while a task fails again and again: with all its retries, or at once without any. */
  function failingEventsPerSecond(task: State, pause: State): number {
    const retrier = task.Retry?.at(-1);
    const backoffSeconds = Array.from(
      { length: retrier?.MaxAttempts ?? 0 },
      (_, attempt) => (retrier?.IntervalSeconds ?? 0) * (retrier?.BackoffRate ?? 1) ** attempt,
    ).reduce((sum, seconds) => sum + seconds, 0);
    const pauseSeconds = pause.Seconds ?? 0;
    const retried = (worstEvents(task) + worstEvents(pause)) / (backoffSeconds + pauseSeconds);
    return Math.max(retried, (2 + 3 + worstEvents(pause)) / pauseSeconds);
  }

  it('stays below 25,000 events, however much goes wrong', () => {
    const startAndEnd = 2;
    const ticks = MAX_TICKS * (worstEvents(Wait) + worstEvents(Poll) + worstEvents(Decide));
    const failing = Math.max(failingEventsPerSecond(Poll, Pause), failingEventsPerSecond(HandOver, HandOverPause));
    const handingOver = worstEvents(HandOver) + worstEvents(Done);

    const worst = startAndEnd + ticks + definition.TimeoutSeconds * failing + handingOver;

    expect(worst).toBeGreaterThan(MAX_TICKS * 9);
    expect(worst).toBeLessThan(25_000);
  });
});

describe('the state machine', () => {
  it('is Standard, traced, and encrypted with the key', () => {
    const { KmsKeyId, ...encryption } = machine.Properties.EncryptionConfiguration as Record<string, unknown>;

    expect(machine.Properties).toMatchObject({ StateMachineType: 'STANDARD', TracingConfiguration: { Enabled: true } });
    expect(encryption).toEqual({ Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsDataKeyReusePeriodSeconds: 300 });
    expect(readable(KmsKeyId)).toBe('BrokerSessionsKey.Arn');
  });

  it('logs which states ran, never what went through them', () => {
    const logging = machine.Properties.LoggingConfiguration as Record<string, unknown>;
    const [destination] = logging.Destinations as { CloudWatchLogsLogGroup: { LogGroupArn: unknown } }[];

    expect(logging).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    expect(readable(destination?.CloudWatchLogsLogGroup.LogGroupArn)).toBe('BrokerPollingLoopLogs.Arn');
  });

  it('waits for its role and the role for nothing of it', () => {
    expect(machine.DependsOn?.map((id) => id.slice(0, -8))).toEqual([
      'BrokerPollingLoopRoleDefaultPolicy',
      'BrokerPollingLoopRole',
    ]);
  });
});
