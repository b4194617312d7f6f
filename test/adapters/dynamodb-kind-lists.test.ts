import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { listKind } from '../../lambda/adapters/dynamodb-directory.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { createdOrderOf } from '../../lambda/adapters/keys.ts';
import type { Item, Table } from '../../lambda/adapters/table.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS } from '../support/fake-clock.ts';
import { makeClient, makeEnrollmentKey } from '../support/fake-records.ts';

describe('the lists of clients and enrollment keys', () => {
  let dynalite: Dynalite;
  let table: Table;
  const clients = Array.from({ length: 120 }, (_, index) =>
    makeClient({ createdAtMs: START_MS - Math.floor(index / 10) * 1000 }),
  );
  const keys = Array.from({ length: 70 }, (_, index) => makeEnrollmentKey({ createdAtMs: START_MS - index * 1000 }));

  beforeAll(async () => {
    dynalite = await startDynalite();
    table = await dynalite.newTable();
    await Promise.all(clients.map(makeDynamoDbClientStore(table).create));
    await Promise.all(keys.map(makeDynamoDbEnrollmentKeyStore(table).create));
  });
  afterAll(() => dynalite.close());

  async function listed(kind: 'client' | 'enrollment-key', after?: string): Promise<Item[]> {
    const items: Item[] = [];
    for await (const item of listKind(table, kind, after)) items.push(item);
    return items;
  }

  const clientOrder = clients
    .map(({ createdAtMs, clientId }) => createdOrderOf(createdAtMs, clientId))
    .sort()
    .reverse();
  const keyOrder = keys
    .map((key) => createdOrderOf(key.createdAtMs, key.enrollmentKeyId))
    .sort()
    .reverse();

  it('hold all clients of all shards, newest first, and no keys', async () => {
    expect((await listed('client')).map((item) => item.createdOrder)).toEqual(clientOrder);
  });

  it('hold all enrollment keys over several pages, newest first, and no clients', async () => {
    expect((await listed('enrollment-key')).map((item) => item.createdOrder)).toEqual(keyOrder);
  });

  it('go on behind a given place', async () => {
    expect((await listed('client', clientOrder[99])).map((item) => item.createdOrder)).toEqual(clientOrder.slice(100));
  });

  it('know where an item is and nothing of what is in it', async () => {
    const [client] = await listed('client');

    expect(Object.keys(client ?? {}).sort()).toEqual(['createdOrder', 'kind', 'pk']);
  });
});
