import middy from '@middy/core';
import { openDeployedTable } from '../adapters/deployed-table.ts';
import { makeDynamoDbSessionTally } from '../adapters/dynamodb-directory.ts';
import { readSettings } from '../adapters/environment.ts';
import { observe, publishMetrics } from '../adapters/observer.ts';
import { systemClock as clock } from '../adapters/system.ts';
import { makeCountWaiting } from '../core/count-waiting.ts';

/** Counts who waits for a person; a schedule calls it once a minute. */

const countWaiting = makeCountWaiting({
  tally: makeDynamoDbSessionTally(openDeployedTable()),
  fleets: Object.keys(readSettings(__dirname).fleets),
  clock,
  observe,
});

/** Entry point of the function `count-sessions`: whatever the schedule sends. */
export const handler = middy<unknown, void>()
  .use(publishMetrics())
  .handler(() => countWaiting());
