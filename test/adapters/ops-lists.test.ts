import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { wireOpsPlane } from '../../lambda/handlers/ops-plane.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { makeClient } from '../support/fake-records.ts';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

it('a list leaves out what the index still has and the table has not', async () => {
  const table = await dynalite.newTable();
  const [kept, gone] = [makeClient(), makeClient()];
  for (const client of [kept, gone]) await makeDynamoDbClientStore(table).create(client);
  // The index follows the table a moment later: an item that has just been deleted is listed for that long.
  const batchGet = async (pks: readonly string[]) =>
    (await table.batchGet(pks)).filter(({ clientId }) => clientId !== gone.clientId);
  const { listClients } = wireOpsPlane({
    table: { ...table, batchGet },
    fleets: [],
    clock: makeFakeClock(),
    randomBytes: makeFakeRandom(),
    observe: () => {},
  });

  const { entries } = await listClients(10);

  expect(entries.map(({ clientId }) => clientId)).toEqual([kept.clientId]);
});
