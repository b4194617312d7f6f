import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDynamoDbAssertionStore } from '../../lambda/adapters/dynamodb-assertion-store.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

it('an assertion is used once: whoever brings it again is told, another one is not', async () => {
  const table = await dynalite.newTable();
  const { useOnce } = makeDynamoDbAssertionStore(table);
  const expiresAt = 1_800_000_300;

  const [first, second] = await Promise.all([
    useOnce({ assertionId: 'assertion-1', expiresAt }),
    useOnce({ assertionId: 'assertion-1', expiresAt }),
  ]);

  expect([first, second].sort()).toEqual([false, true]);
  expect(await useOnce({ assertionId: 'assertion-2', expiresAt })).toBe(true);
});

it('a used assertion is forgotten when its time is over, by the table’s own expiry', async () => {
  const table = await dynalite.newTable();

  await makeDynamoDbAssertionStore(table).useOnce({ assertionId: 'assertion-1', expiresAt: 1_800_000_300 });

  expect(await table.get('ASSERTION#assertion-1')).toMatchObject({ expiresAt: 1_800_000_300 });
});
