import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { watchClock } from './clock-watch.ts';
import { environmentVariable } from './environment.ts';
import { logger } from './observer.ts';
import { SigningHash } from './signing-hash.ts';
import { makeTable, type Table } from './table.ts';

/**
 * The table of this deployment. An environment that finds its clock wrong ends at once: Lambda makes another, elsewhere,
 * and whoever called tries again.
 */
export function openDeployedTable(): Table {
  const client = new DynamoDBClient({ sha256: SigningHash });
  watchClock(client, { nowMs: Date.now }, () => {
    logger.error('clock_wrong');
    process.exit(1);
  });
  return makeTable(environmentVariable('TABLE_NAME'), client);
}
