/** Calls the ops API as API Gateway calls it, over an embedded table and a clock that stands still. */

import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { expect } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import type { Table } from '../../lambda/adapters/table.ts';
import type { Session } from '../../lambda/core/session.ts';
import { wireOpsPlane } from '../../lambda/handlers/ops-plane.ts';
import { makeOpsHandler } from '../../lambda/http/ops-handler.ts';
import { OPERATIONS } from '../../lambda/http/ops-operations.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { makeSession } from '../support/fake-records.ts';
import { description, wrongWith } from './described-answers.ts';

/** What a test may say about a call. */
export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of the ops API. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers, which are checked against their schemas.
  readonly body: any;
}

/** Starts an ops API on an empty table. Every answer that it gives is checked against the description. */
export function makeOpsCaller(table: Table, wrapPlane: (plane: Plane) => Plane = (plane) => plane) {
  const clock = makeFakeClock();
  const plane = wireOpsPlane({
    table,
    fleets: ['kiosks', 'robots'],
    clock,
    randomBytes: makeFakeRandom(),
    observe: () => {},
  });
  const handler = makeOpsHandler(wrapPlane(plane), () => description);
  const sessions = makeDynamoDbSessionStore(table);

  async function call(method: string, path: string, call: Call = {}): Promise<Answer> {
    const { resource, pathParameters } = matched(path);
    const event = { ...EVENT, ...call, httpMethod: method, path, resource, pathParameters, ...partsOf(path, call) };
    const answered = await handler(event as unknown as APIGatewayProxyEvent, {} as Context);
    const {
      statusCode: status,
      headers = {},
      body: text,
    } = answered as {
      statusCode: number;
      headers: Record<string, string>;
      body: string;
    };
    const body = text === '' ? undefined : JSON.parse(text);
    const contentType = headers['Content-Type'];
    if (isDescribed(method, resource)) {
      expect(wrongWith({ method, route: resource, status, contentType, body })).toEqual([]);
    }
    return { status, headers, body };
  }

  return {
    clock,
    sessions,
    clients: makeDynamoDbClientStore(table),
    enrollmentKeys: makeDynamoDbEnrollmentKeyStore(table),
    call,
    get: (path: string, own?: Call) => call('GET', path, own),
    post: (path: string, body?: unknown) => call('POST', path, { body }),
    /** Stores a session that is a second younger than the one before, and gives its id. */
    store: async (own: Partial<Session> = {}): Promise<string> => {
      const session = makeSession(own);
      await sessions.create(session);
      return session.sessionId;
    },
  };
}

export type OpsCaller = ReturnType<typeof makeOpsCaller>;
type Plane = ReturnType<typeof wireOpsPlane>;

const EVENT = {
  headers: {},
  multiValueHeaders: {},
  stageVariables: null,
  isBase64Encoded: false,
};

function partsOf(path: string, { query = {}, body, headers = {} }: Call) {
  const multiValue = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]]));
  return {
    headers: { 'X-Forwarded-Proto': 'https', ...headers },
    queryStringParameters: Object.keys(query).length === 0 ? null : query,
    multiValueQueryStringParameters: Object.keys(query).length === 0 ? null : multiValue,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    requestContext: { requestId: 'request-1', domainName: 'api.example.com', path: `/v1${path}` },
  };
}

/** The resource that API Gateway finds for a path. */
function matched(path: string): { resource: string; pathParameters: Record<string, string> | null } {
  const segments = path.split('/');
  for (const { path: resource } of Object.values(OPERATIONS)) {
    const parts = resource.split('/');
    const fits =
      parts.length === segments.length && parts.every((part, i) => part.startsWith('{') || part === segments[i]);
    if (!fits) continue;
    const named = parts.flatMap((part, i) => (part.startsWith('{') ? [[part.slice(1, -1), segments[i] ?? '']] : []));
    return { resource, pathParameters: named.length === 0 ? null : Object.fromEntries(named) };
  }
  return { resource: path, pathParameters: null };
}

function isDescribed(method: string, resource: string): boolean {
  return Object.values(OPERATIONS).some((operation) => operation.method === method && operation.path === resource);
}
