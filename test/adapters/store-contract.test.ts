import { afterAll, beforeAll, describe } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { makeDynamoDbSessionDirectory } from '../../lambda/adapters/dynamodb-directory.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbGrantStore } from '../../lambda/adapters/dynamodb-grant-store.ts';
import { makeDynamoDbRegistrationStore } from '../../lambda/adapters/dynamodb-registration-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import { makeDynamoDbUserCodes } from '../../lambda/adapters/dynamodb-user-codes.ts';
import type { Table } from '../../lambda/adapters/table.ts';
import { makeMemoryTable } from '../faults/memory-table.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { makeMemoryClientStore } from '../support/memory-client-store.ts';
import { makeMemoryEnrollmentKeyStore } from '../support/memory-enrollment-key-store.ts';
import { makeMemoryGrantStore } from '../support/memory-grant-store.ts';
import { makeMemoryRegistrationStore } from '../support/memory-registration-store.ts';
import { makeMemorySessionDirectory } from '../support/memory-session-directory.ts';
import { makeMemorySessionStore } from '../support/memory-session-store.ts';
import { makeMemoryUserCodes } from '../support/memory-user-codes.ts';
import { clientStore } from './store-contract/clients.ts';
import { deferredSessions, userCodes } from './store-contract/deferred-sessions.ts';
import { sessionDirectory } from './store-contract/directory.ts';
import { dynamoDbLocalFolder, type LocalTables, startLocalTables } from './store-contract/dynamodb-local-tables.ts';
import { enrollmentKeyStore } from './store-contract/enrollment-keys.ts';
import { grantStore } from './store-contract/grants.ts';
import { registrationStore } from './store-contract/registrations.ts';
import { sessionItems } from './store-contract/session-items.ts';
import { sessionPolling } from './store-contract/session-polling.ts';
import { sessionTransitions } from './store-contract/session-transitions.ts';
import type { OpenStores, Stores } from './store-contract/stores.ts';

/** What the core relies on, asked of the stores that its tests use and of those that are deployed. */
function contract(open: OpenStores): void {
  sessionItems(open);
  sessionTransitions(open);
  sessionPolling(open);
  deferredSessions(open);
  userCodes(open);
  clientStore(open);
  grantStore(open);
  enrollmentKeyStore(open);
  registrationStore(open);
  sessionDirectory(open);
}

describe('stores in memory', () => {
  contract(async (): Promise<Stores> => {
    const clients = makeMemoryClientStore();
    const sessions = makeMemorySessionStore(clients.records);
    return {
      clients,
      sessions,
      directory: makeMemorySessionDirectory(sessions.records),
      grants: makeMemoryGrantStore(clients.records),
      enrollmentKeys: makeMemoryEnrollmentKeyStore(),
      registrations: makeMemoryRegistrationStore(),
      userCodes: makeMemoryUserCodes(),
    };
  });
});

/** The stores that are deployed, over one table. */
function storesOver(table: Table): Stores {
  return {
    clients: makeDynamoDbClientStore(table),
    sessions: makeDynamoDbSessionStore(table),
    directory: makeDynamoDbSessionDirectory(table),
    grants: makeDynamoDbGrantStore(table),
    enrollmentKeys: makeDynamoDbEnrollmentKeyStore(table),
    registrations: makeDynamoDbRegistrationStore(table),
    userCodes: makeDynamoDbUserCodes(table),
  };
}

describe('stores in a table in memory', () => {
  contract(async () => storesOver(makeMemoryTable()));
});

describe('stores in dynalite', () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.close());

  contract(async () => storesOver(await dynalite.newTable()));
});

const folder = dynamoDbLocalFolder();

describe.skipIf(folder === undefined)('stores in DynamoDB Local', () => {
  let tables: LocalTables;
  beforeAll(async () => {
    tables = await startLocalTables(folder as string);
  });
  afterAll(() => tables.close());

  contract(async () => storesOver((await tables.newTable()).table));
});
