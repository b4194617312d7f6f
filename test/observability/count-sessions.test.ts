import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { buildSync } from 'esbuild';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import { makeTable } from '../../lambda/adapters/table.ts';
import { makeSession } from '../support/fake-records.ts';
import { metricsIn, printedBy } from './emf-lines.ts';

const TABLE = 'broker';
const key = (name: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName: name, KeyType });

/** A table with the index that is counted, in an embedded DynamoDB that the function is told of. */
async function openTable() {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('TABLE_NAME', TABLE);
  onTestFinished(() => void vi.unstubAllEnvs());
  const client = new DynamoDBClient({});
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [key('pk', 'HASH')],
      AttributeDefinitions: ['pk', 'phaseShard', 'createdOrder'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byPhase',
          KeySchema: [key('phaseShard', 'HASH'), key('createdOrder', 'RANGE')],
          Projection: {
            ProjectionType: 'INCLUDE',
            NonKeyAttributes: ['phase', 'clientId', 'fleet', 'expiresAt', 'activationExpiresAt'],
          },
        },
      ],
    }),
  );
  return makeTable(TABLE, client);
}

/** The function as it is deployed: bundled, beside its settings. */
function deployed(fleets: readonly string[]): (event: unknown, context: unknown) => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'count-sessions-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, 'index.cjs');
  const source = fileURLToPath(new URL('../../lambda/handlers/count-sessions.ts', import.meta.url));
  buildSync({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'cjs' });
  writeFileSync(
    join(folder, 'settings.json'),
    JSON.stringify({ fleets: Object.fromEntries(fleets.map((f) => [f, {}])) }),
  );
  return createRequire(outfile)(outfile).handler;
}

it('the function that counts reads the table’s index and prints the gauges of every fleet', async () => {
  const sessions = makeDynamoDbSessionStore(await openTable());
  const nowMs = Date.now();
  const lasting = { expiresAt: Math.floor(nowMs / 1000) + 600 };
  await sessions.create(makeSession({ createdAtMs: nowMs - 40_000, ...lasting }));
  await sessions.create(makeSession({ createdAtMs: nowMs - 90_000, ...lasting, phase: 'awaiting_operator' }));
  await sessions.create(makeSession({ createdAtMs: nowMs - 99_000, ...lasting, phase: 'denied' }));
  const countSessions = deployed(['kiosks', 'signs']);

  const metrics = (await printedBy(() => countSessions({}, {}))).flatMap(metricsIn);

  const gauges = metrics.map(({ name, dimensions, values }) => [name, dimensions[1], values]);
  expect(gauges).toEqual([
    ['SessionsWaiting', 'fleet=kiosks', [2]],
    ['OldestWaiting', 'fleet=kiosks', [expect.closeTo(90, -1)]],
    ['SessionsWaiting', 'fleet=signs', [0]],
    ['OldestWaiting', 'fleet=signs', [0]],
  ]);
}, 20_000);
