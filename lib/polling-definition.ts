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

const EXECUTION_EXISTS = 'StepFunctions.ExecutionAlreadyExistsException';

/**
 * The definition of the state machine.
 *
 * @param pollFunctionArn the function that polls a cohort once
 * @param partition the AWS partition, such as `aws`
 */
export function pollingDefinition(pollFunctionArn: string, partition: string) {
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
