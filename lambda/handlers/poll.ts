import middy from '@middy/core';
import { logFault, publishMetrics } from '../adapters/observer.ts';
import { makeTick, type TickInput, type TickResult } from '../core/cohort.ts';
import { aboutSession } from '../core/events.ts';
import { wireBroker } from './wiring.ts';

/** One tick of the polling loop; the state machine calls it, waits as it says, and calls it again. */

const broker = wireBroker(__dirname);
const tick = makeTick({
  store: broker.sessions,
  pollSession: broker.pollSession,
  clock: broker.clock,
  observe: broker.observe,
  onFailure: (session, error) => logFault('poll_failed', error, aboutSession(session)),
});

/** Entry point of the function `poll`: a task of the state machine. */
export const handler = middy<TickInput, TickResult>()
  .use(publishMetrics())
  .handler((state) => tick(state));
