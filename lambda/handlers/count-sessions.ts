import middy from '@middy/core';
import { makeDynamoDbSessionTally } from '../adapters/dynamodb-directory.ts';
import { environmentVariable, readSettings } from '../adapters/environment.ts';
import { observe, publishMetrics } from '../adapters/observer.ts';
import { systemClock as clock } from '../adapters/system.ts';
import { makeTable } from '../adapters/table.ts';
import { makeCountWaiting } from '../core/count-waiting.ts';

/** Counts who waits for a person; a schedule calls it once a minute. */

const countWaiting = makeCountWaiting({
  tally: makeDynamoDbSessionTally(makeTable(environmentVariable('TABLE_NAME'))),
  fleets: Object.keys(readSettings(__dirname).fleets),
  clock,
  observe,
});

/** Entry point of the function `count-sessions`: whatever the schedule sends. */
export const handler = middy<unknown, void>()
  .use(publishMetrics())
  .handler(() => countWaiting());
