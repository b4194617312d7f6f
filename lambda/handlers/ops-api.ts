import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { clientOf, makeDynamoDbClientStore } from '../adapters/dynamodb-client-store.ts';
import { listKind, makeDynamoDbSessionDirectory } from '../adapters/dynamodb-directory.ts';
import { enrollmentKeyOf, makeDynamoDbEnrollmentKeyStore } from '../adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbSessionStore } from '../adapters/dynamodb-session-store.ts';
import { environmentVariable, readSettings } from '../adapters/environment.ts';
import { observe } from '../adapters/observer.ts';
import { systemClock as clock, systemRandomBytes as randomBytes } from '../adapters/system.ts';
import { type Item, makeTable } from '../adapters/table.ts';
import { makeOperate } from '../core/operate.ts';
import { makeListSessions } from '../core/session-directory.ts';
import { opsRouteNotFound } from '../http/not-found.ts';
import { clientRoutes, enrollmentKeyRoutes, type Listed, type OpsPlane, sessionRoutes } from '../http/ops-routes.ts';
import { problems } from '../http/problems.ts';

/** The ops API: what operators and their dashboards call, behind AWS_IAM. It reads and decides; it cannot decrypt. */

const table = makeTable(environmentVariable('TABLE_NAME'));
const sessions = makeDynamoDbSessionStore(table);
const clients = makeDynamoDbClientStore(table);
const enrollmentKeys = makeDynamoDbEnrollmentKeyStore(table);

/** A page of clients or keys: the index says which, the table says what. */
async function listItems<T>(
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

const plane: OpsPlane = {
  operate: makeOperate({ sessions, clients, enrollmentKeys, clock, randomBytes, observe }),
  listSessions: makeListSessions({
    directory: makeDynamoDbSessionDirectory(table),
    readMany: sessions.readMany,
    nowMs: clock.nowMs,
  }),
  readSession: sessions.read,
  readClient: clients.read,
  listClients: (limit, after) => listItems('client', clientOf, limit, after),
  readEnrollmentKey: enrollmentKeys.read,
  listEnrollmentKeys: (limit, after) => listItems('enrollment-key', enrollmentKeyOf, limit, after),
  fleets: Object.keys(readSettings(__dirname).fleets),
  nowMs: clock.nowMs,
};

const session = sessionRoutes(plane);
const client = clientRoutes(plane);
const enrollmentKey = enrollmentKeyRoutes(plane);

const routes = [
  { method: 'GET' as const, path: '/sessions', handler: session.list },
  { method: 'GET' as const, path: '/sessions/{sessionId}', handler: session.detail },
  { method: 'POST' as const, path: '/sessions/{sessionId}/cancel', handler: session.cancel },
  { method: 'GET' as const, path: '/clients', handler: client.list },
  { method: 'GET' as const, path: '/clients/{clientId}', handler: client.detail },
  { method: 'POST' as const, path: '/clients/{clientId}/lock', handler: client.lock },
  { method: 'POST' as const, path: '/clients/{clientId}/unlock', handler: client.unlock },
  { method: 'POST' as const, path: '/clients/{clientId}/revoke', handler: client.revoke },
  { method: 'GET' as const, path: '/enrollment-keys', handler: enrollmentKey.list },
  { method: 'POST' as const, path: '/enrollment-keys', handler: enrollmentKey.create },
  { method: 'GET' as const, path: '/enrollment-keys/{enrollmentKeyId}', handler: enrollmentKey.detail },
  { method: 'POST' as const, path: '/enrollment-keys/{enrollmentKeyId}/revoke', handler: enrollmentKey.revoke },
];

/** Entry point of the function `ops-api`: API Gateway REST proxy events. */
export const handler = middy<APIGatewayProxyEvent>()
  .use(problems())
  .handler(httpRouter<APIGatewayProxyEvent>({ routes, notFoundResponse: opsRouteNotFound(routes) }));
