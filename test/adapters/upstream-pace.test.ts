import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDynamoDbUpstreamPace } from '../../lambda/adapters/dynamodb-upstream-pace.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';

const SECOND = 1_800_000_000;

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

const setUp = async () => {
  const table = await dynalite.newTable();
  const { takeCall } = makeDynamoDbUpstreamPace(table);
  const takeMany = async (times: number, second: number, most: number, clientId = 'upstream-client') => {
    const taken = await Promise.all(Array.from({ length: times }, () => takeCall(clientId, second, most)));
    return taken.filter(Boolean).length;
  };
  return { table, takeMany };
};

it('a second has so many calls and no more, whoever takes them at once', async () => {
  const { takeMany } = await setUp();

  expect(await takeMany(30, SECOND, 8)).toBe(8);
  expect(await takeMany(5, SECOND, 8)).toBe(0);
  expect(await takeMany(5, SECOND, 10)).toBe(2);
});

it('each second and each registered client has its own', async () => {
  const { takeMany } = await setUp();
  await takeMany(3, SECOND, 3);

  expect(await takeMany(5, SECOND + 1, 3)).toBe(3);
  expect(await takeMany(5, SECOND, 3, 'another-client')).toBe(3);
});

it('a second’s count is forgotten by the table’s own expiry, and its key tells no client id', async () => {
  const { table, takeMany } = await setUp();
  await takeMany(1, SECOND, 3, 'abc');

  // SHA-256 of "abc" (FIPS 180-2, appendix B.1), base64url.
  const key = `PACE#ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0#${SECOND}`;
  expect(await table.get(key)).toEqual({ pk: key, calls: 1, expiresAt: SECOND + 60 });
});
