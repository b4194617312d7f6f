import middy from '@middy/core';
import { openDeployedTable } from '../adapters/deployed-table.ts';
import { clientOf, makeDynamoDbClientStore } from '../adapters/dynamodb-client-store.ts';
import { listKind } from '../adapters/dynamodb-directory.ts';
import { environmentVariable } from '../adapters/environment.ts';
import { makeEventBridge } from '../adapters/event-bridge.ts';
import { logger } from '../adapters/observer.ts';
import { systemClock as clock } from '../adapters/system.ts';
import { makeAnnounceEndings } from '../core/announce-endings.ts';
import type { Client } from '../core/client.ts';

/** Announces sign-ins that end soon; a schedule calls it once a day. */

const table = openDeployedTable();

/** Items that one read gives. */
const PAGE_ITEMS = 100;

/** All clients: the index says which there are, the table says what they are. */
async function* listClients(): AsyncGenerator<Client> {
  let keys: string[] = [];
  for await (const { pk } of listKind(table, 'client')) {
    keys.push(pk);
    if (keys.length < PAGE_ITEMS) continue;
    yield* (await table.batchGet(keys)).map(clientOf);
    keys = [];
  }
  if (keys.length > 0) yield* (await table.batchGet(keys)).map(clientOf);
}

const announceEndings = makeAnnounceEndings({
  listClients,
  clients: makeDynamoDbClientStore(table),
  putEvents: makeEventBridge(environmentVariable('EVENT_BUS_NAME')),
  clock,
});

/** Entry point of the function `announce-endings`: whatever the schedule sends. */
export const handler = middy<unknown, void>().handler(async () => {
  logger.info('endings_announced', { announced: await announceEndings() });
});
