import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, expect, it } from 'vitest';
import { makeStepFunctionsLoop } from '../../lambda/adapters/step-functions-loop.ts';
import type { CohortState } from '../../lambda/core/cohort.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { AwsError, jsonService } from '../../local/aws/wire.ts';

const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:polling';
const STATE: CohortState = { cohort: 'cohort', generation: 3, tick: 0, sessionIds: ['session-1'], waitSeconds: 5 };

let endpoint: AwsEndpoint;
let client: SFNClient;
afterEach(async () => {
  client.destroy();
  await endpoint.close();
});

async function loopOver(startExecution: (input: Record<string, unknown>) => unknown) {
  endpoint = await startAwsEndpoint({ AWSStepFunctions: jsonService({ StartExecution: startExecution }) }, () => {});
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new SFNClient({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  return makeStepFunctionsLoop(ARN, client);
}

it('an execution has the cohort’s name and generation, and its whole state as input', async () => {
  const asked: Record<string, unknown>[] = [];
  const startLoop = await loopOver((input) => {
    asked.push(input);
    return { executionArn: 'arn', startDate: 0 };
  });

  expect(await startLoop(STATE)).toBe(true);
  expect(asked).toEqual([{ stateMachineArn: ARN, name: 'cohort-3', input: JSON.stringify(STATE) }]);
});

it('an execution that has been started before is no fault', async () => {
  const startLoop = await loopOver(() => {
    throw new AwsError('ExecutionAlreadyExists', 'It has been started.');
  });

  expect(await startLoop(STATE)).toBe(false);
});

it('every other refusal is one, so that the stream brings the batch again', async () => {
  const startLoop = await loopOver(() => {
    throw new AwsError('StateMachineDoesNotExist', 'There is none.');
  });

  await expect(startLoop(STATE)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});
