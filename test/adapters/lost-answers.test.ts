import { describe, expect, it } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import type { Table } from '../../lambda/adapters/table.ts';
import { makeMemoryTable } from '../faults/memory-table.ts';
import { START_MS } from '../support/fake-clock.ts';
import { makeClient, makeEnrollmentKey, makeSession } from '../support/fake-records.ts';

/** A table whose every write arrives, while its answer gets lost: the SDK sends it again, and that answer is the one. */
function forgetfulTable(): Table {
  const table = makeMemoryTable();
  return {
    ...table,
    async putNew(item) {
      await table.putNew(item);
      return table.putNew(item);
    },
    async update(pk, change) {
      await table.update(pk, change);
      return table.update(pk, change);
    },
  };
}

describe('a write whose answer got lost, and that the SDK repeats', () => {
  it('registers a device with the last use of its key', async () => {
    const keys = makeDynamoDbEnrollmentKeyStore(forgetfulTable());
    const key = makeEnrollmentKey({ maxUses: 1 });
    await keys.create(key);

    expect(await keys.countUse(key.enrollmentKeyId, 'client-1', START_MS)).toBe(true);
    expect(await keys.countUse(key.enrollmentKeyId, 'client-2', START_MS)).toBe(false);
    expect((await keys.read(key.enrollmentKeyId))?.uses).toBe(1);
  });

  it('counts a use of a key without a limit once', async () => {
    const keys = makeDynamoDbEnrollmentKeyStore(forgetfulTable());
    const key = makeEnrollmentKey();
    await keys.create(key);

    await keys.countUse(key.enrollmentKeyId, 'client-1', START_MS);
    await keys.countUse(key.enrollmentKeyId, 'client-2', START_MS);

    expect((await keys.read(key.enrollmentKeyId))?.uses).toBe(2);
  });

  it('adds a client, and a session, and says so', async () => {
    const table = forgetfulTable();

    await expect(makeDynamoDbClientStore(table).create(makeClient())).resolves.toBeUndefined();
    await expect(makeDynamoDbSessionStore(table).create(makeSession())).resolves.toBeUndefined();
  });

  it.each([
    { what: 'as it was read', seen: 'first' },
    { what: 'that was read before another start', seen: undefined },
  ])('still tells which session it replaces, of a client $what', async ({ seen }) => {
    const clients = makeDynamoDbClientStore(forgetfulTable());
    await clients.create(makeClient({ clientId: 'client-1', liveSessionId: 'first' }));

    expect(await clients.swapLiveSession('client-1', 'second', seen)).toBe('first');
    expect((await clients.read('client-1'))?.liveSessionId).toBe('second');
  });

  it('of an operator who cancels is no conflict; a second operator’s is one', async () => {
    const sessions = makeDynamoDbSessionStore(forgetfulTable());
    const session = makeSession();
    await sessions.create(session);
    const cancel = { sessionId: session.sessionId, phase: 'cancelled', from: ['pending'], reason: 'stolen' } as const;

    expect(await sessions.end({ ...cancel, nowMs: START_MS })).toMatchObject({ done: true });
    expect(await sessions.end({ ...cancel, nowMs: START_MS + 1 })).toMatchObject({ done: false });
  });
});
