import middy from '@middy/core';
import { logFault } from '../adapters/observer.ts';
import { type CohortState, makeTick, type TickResult } from '../core/cohort.ts';
import { wireBroker } from './wiring.ts';

/** One tick of the polling loop; the state machine calls it, waits as it says, and calls it again. */

const broker = wireBroker(__dirname);
const tick = makeTick({
  store: broker.sessions,
  pollSession: broker.pollSession,
  clock: broker.clock,
  onFailure: (sessionId, error) => logFault('poll_failed', error, { sessionId }),
});

/** Entry point of the function `poll`: a task of the state machine. */
export const handler = middy<CohortState, TickResult>().handler((state) => tick(state));
