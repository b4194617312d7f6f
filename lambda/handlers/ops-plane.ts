import { clientOf, makeDynamoDbClientStore } from '../adapters/dynamodb-client-store.ts';
import { listKind, makeDynamoDbSessionDirectory, makeDynamoDbSessionTally } from '../adapters/dynamodb-directory.ts';
import { enrollmentKeyOf, makeDynamoDbEnrollmentKeyStore } from '../adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbSessionStore } from '../adapters/dynamodb-session-store.ts';
import type { Item, Table } from '../adapters/table.ts';
import type { Observe } from '../core/events.ts';
import { makeOperate } from '../core/operate.ts';
import type { Clock, RandomBytes } from '../core/ports.ts';
import { makeListSessions } from '../core/session-directory.ts';
import { makeSummarize } from '../core/session-summary.ts';
import type { Listed, OpsPlane } from '../http/ops-routes.ts';

/** What the ops API is wired to. */
export interface OpsWiring {
  readonly table: Table;
  /** The fleets' names. */
  readonly fleets: readonly string[];
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

/** Wires what operators read and do to the table. */
export function wireOpsPlane({ table, fleets, clock, randomBytes, observe }: OpsWiring): OpsPlane {
  const sessions = makeDynamoDbSessionStore(table);
  const clients = makeDynamoDbClientStore(table);
  const enrollmentKeys = makeDynamoDbEnrollmentKeyStore(table);
  const reading = { readMany: sessions.readMany, nowMs: clock.nowMs };
  return {
    operate: makeOperate({ sessions, clients, enrollmentKeys, clock, randomBytes, observe }),
    listSessions: makeListSessions({ ...reading, directory: makeDynamoDbSessionDirectory(table) }),
    summarize: makeSummarize({ ...reading, tally: makeDynamoDbSessionTally(table) }),
    readSession: sessions.read,
    readClient: clients.read,
    listClients: (limit, after) => listItems(table, 'client', clientOf, limit, after),
    readEnrollmentKey: enrollmentKeys.read,
    listEnrollmentKeys: (limit, after) => listItems(table, 'enrollment-key', enrollmentKeyOf, limit, after),
    fleets,
    nowMs: clock.nowMs,
  };
}

/** A page of clients or keys: the index says which, the table says what. */
async function listItems<T>(
  table: Table,
  kind: 'client' | 'enrollment-key',
  of: (item: Item) => T,
  limit: number,
  after?: string,
): Promise<Listed<T>> {
  const listed: Item[] = [];
  for await (const item of listKind(table, kind, after)) {
    if (listed.length === limit) return { entries: await full(), after: listed.at(-1)?.createdOrder as string };
    listed.push(item);
  }
  return { entries: await full() };

  async function full(): Promise<T[]> {
    const byKey = new Map((await table.batchGet(listed.map((item) => item.pk))).map((item) => [item.pk, item]));
    return listed.flatMap(({ pk }) => byKey.get(pk) ?? []).map(of);
  }
}
