import type { AssertionStore } from '../core/client-assertion.ts';
import { assertionKey } from './keys.ts';
import type { Table } from './table.ts';

/** Used assertions in the table; TTL deletes them once no check of time would let them through. */
export function makeDynamoDbAssertionStore(table: Table): AssertionStore {
  return {
    useOnce: ({ assertionId, expiresAt }) => table.putNew({ pk: assertionKey(assertionId), expiresAt }),
  };
}
