/** What is bundled for the throughput: the deployed handler, and what moves its stand-ins. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDynamoDbClientStore } from '../../../../lambda/adapters/dynamodb-client-store.ts';
import { makeTable } from '../../../../lambda/adapters/table.ts';
import { makeClient } from '../../../support/fake-records.ts';
import { TABLE_NAME } from '../contender.ts';

export { handler } from '../../../../lambda/handlers/device-api.ts';
export { atTime } from './stand-in-system.ts';
export { approve } from './stand-in-upstream.ts';

/** Registers devices; their secrets are `secret-of-<id>`. */
export async function registerClients(clientIds: readonly string[]): Promise<void> {
  const nowMs = Date.now();
  const store = makeDynamoDbClientStore(makeTable(TABLE_NAME, new DynamoDBClient({})));
  const expiresAt = Math.floor(nowMs / 1000) + 7_776_000;
  for (const clientId of clientIds) await store.create(makeClient({ clientId, createdAtMs: nowMs, expiresAt }));
}
