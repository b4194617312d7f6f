import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { StartLoop } from '../core/start-polling.ts';

/** Starts polling loops as executions of the state machine. */
export function makeStepFunctionsLoop(stateMachineArn: string, client = new SFNClient({})): StartLoop {
  return async function startLoop(state) {
    try {
      const name = `${state.cohort}-${state.generation}`;
      await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(state) }));
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  };
}
