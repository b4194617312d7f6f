/**
 * The polling loop in Amazon States Language: Poll, then wait as long as the poll says, until no session is left.
 * JSONPath and not JSONata, so that the local run can execute the very same definition.
 */

/** What travels through the loop: ids and numbers, never a code or a token. */
const MEMBERS = ['cohort', 'generation', 'tick', 'sessionIds', 'waitSeconds'] as const;

/** An execution polls for minutes; one that still runs after this long is stuck, and devices poll for themselves. */
const EXECUTION_TIMEOUT_SECONDS = 2 * 3600;

/** A little longer than the poll function itself may take. */
const POLL_TIMEOUT_SECONDS = 70;

/** After failed retries: long enough for a broken dependency to come back, short beside a session's ten minutes. */
const PAUSE_SECONDS = 60;

/**
 * Lambda's transient errors. The CDK's own list omits TooManyRequestsException, so a concurrency limit would end the loop.
 * No jitter: it could shorten the wait below the interval that upstream asked for.
 */
const POLL_RETRIER = {
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
};

/** The same loop as a Standard or as an Express workflow: how long an execution lasts, and how it is billed. */
export type PollingLoopType = 'standard' | 'express';

/** An Express execution ends after 5 minutes at the latest (Step Functions quotas). */
const EXPRESS_TIMEOUT_SECONDS = 300;

/**
 * Seconds after which an Express execution hands over to a fresh one, its next wait included: what is left of the 5 minutes
 * is for the poll at the end of that wait, its retries, and the hand-over. Where the poll fails for longer, the execution ends, and
 * devices poll for themselves.
 */
const EXPRESS_SLICE_SECONDS = 200;

const EXECUTION_EXISTS = 'StepFunctions.ExecutionAlreadyExistsException';

/**
 * The definition of the state machine.
 *
 * An Express execution may run twice (it is at-least-once): the claim in the table lets one of the two poll, so that the
 * other costs its ticks and does no harm.
 *
 * @param pollFunctionArn the function that polls a cohort once
 * @param partition the AWS partition, such as `aws`
 */
export function pollingDefinition(pollFunctionArn: string, partition: string, type: PollingLoopType = 'standard') {
  const definition = standardDefinition(pollFunctionArn, partition);
  return type === 'standard' ? definition : expressDefinition(definition);
}

/** Express: the poll learns when its execution began, and hands over in time. */
function expressDefinition(standard: ReturnType<typeof standardDefinition>) {
  const { Poll } = standard.States;
  const members = Object.fromEntries(MEMBERS.map((member) => [`${member}.$`, `$.${member}`]));
  const slice = { sliceSeconds: EXPRESS_SLICE_SECONDS, 'startedAt.$': '$$.Execution.StartTime' };
  const Parameters = { FunctionName: Poll.Parameters.FunctionName, Payload: { ...members, ...slice } };
  return {
    ...standard,
    TimeoutSeconds: EXPRESS_TIMEOUT_SECONDS,
    States: { ...standard.States, Poll: { ...Poll, Parameters } },
  };
}

function standardDefinition(pollFunctionArn: string, partition: string) {
  return {
    Comment: 'Polls a cohort of pending sessions until each is settled. Carries session ids only.',
    StartAt: 'Wait',
    TimeoutSeconds: EXECUTION_TIMEOUT_SECONDS,
    States: {
      Wait: { Type: 'Wait', SecondsPath: '$.waitSeconds', Next: 'Poll' },
      Poll: {
        Type: 'Task',
        Resource: `arn:${partition}:states:::lambda:invoke`,
        Parameters: { FunctionName: pollFunctionArn, 'Payload.$': '$' },
        OutputPath: '$.Payload',
        TimeoutSeconds: POLL_TIMEOUT_SECONDS,
        Retry: [POLL_RETRIER],
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Pause' }],
        Next: 'Decide',
      },
      Decide: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.next', StringEquals: 'wait', Next: 'Wait' },
          { Variable: '$.next', StringEquals: 'hand-over', Next: 'HandOver' },
        ],
        Default: 'Done',
      },
      Pause: { Type: 'Wait', Seconds: PAUSE_SECONDS, Next: 'Poll' },
      HandOver: handOver(partition),
      HandOverPause: { Type: 'Wait', Seconds: PAUSE_SECONDS, Next: 'HandOver' },
      Done: { Type: 'Succeed' },
    },
  };
}

/** A fresh execution goes on, well before this one's history is full. Its name makes a second attempt harmless. */
function handOver(partition: string) {
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::states:startExecution`,
    Parameters: {
      'StateMachineArn.$': '$$.StateMachine.Id',
      'Name.$': "States.Format('{}-{}', $.cohort, $.generation)",
      Input: Object.fromEntries(MEMBERS.map((member) => [`${member}.$`, `$.${member}`])),
    },
    Retry: [
      { ErrorEquals: [EXECUTION_EXISTS], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 4, BackoffRate: 1.5 },
    ],
    Catch: [
      { ErrorEquals: [EXECUTION_EXISTS], ResultPath: '$.failure', Next: 'Done' },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'HandOverPause' },
    ],
    Next: 'Done',
  };
}
