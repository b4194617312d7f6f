import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import type { ClientStore } from '../../lambda/core/client.ts';
import { metricsIn, printedBy } from '../observability/emf-lines.ts';
import { makeClient, makeSession } from '../support/fake-records.ts';
import { type Surroundings, startSurroundings } from './in-process.ts';

const CONTEXT = {} as Context;
const DAY_SECONDS = 86_400;

let around: Surroundings;
let clients: ClientStore;

beforeAll(async () => {
  around = await startSurroundings();
  clients = makeDynamoDbClientStore(around.table);
});
afterAll(() => around.close());

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Stores clients whose sign-ins end in so many days. */
async function store(count: number, days: number): Promise<string[]> {
  const expiresAt = nowSeconds() + 90 * DAY_SECONDS;
  const signIn = {
    signInEndsAt: nowSeconds() + days * DAY_SECONDS,
    signInAtMs: Date.now(),
    signInSessionId: 'session',
  };
  const made = Array.from({ length: count }, () => makeClient({ createdAtMs: Date.now(), expiresAt, ...signIn }));
  for (const client of made) await clients.create(client);
  return made.map(({ clientId }) => clientId).sort();
}

const announcedIds = (): unknown[] =>
  around
    .events()
    .filter((event) => event['detail-type'] === 'SignInEndsSoon')
    .map(({ detail }) => (detail as { data: { clientId: string } }).data.clientId)
    .sort();

describe('the function that announces endings, where nobody has registered', () => {
  it('announces nothing', async () => {
    const announceEndings = await around.load('announce-endings');

    await announceEndings({}, CONTEXT);

    expect(announcedIds()).toEqual([]);
  });
});

describe('the function that announces endings', () => {
  it('tells of each sign-in that ends within a week, over more clients than one read gives, and of each once', async () => {
    const soon = await store(103, 3);
    await store(2, 30);
    const announceEndings = await around.load('announce-endings');

    await announceEndings({}, CONTEXT);
    await announceEndings({}, CONTEXT);

    expect(announcedIds()).toEqual(soon);
  });
});

describe('the function that counts sessions', () => {
  it('tells how many wait in each fleet, and a fleet where none waits too', async () => {
    const sessions = makeDynamoDbSessionStore(around.table);
    const lasting = { createdAtMs: Date.now() - 40_000, expiresAt: nowSeconds() + 600 };
    await sessions.create(makeSession({ ...lasting, phase: 'awaiting_operator' }));
    await sessions.create(makeSession({ ...lasting, phase: 'cancelled' }));
    const countSessions = await around.load('count-sessions');

    const lines = await printedBy(() => countSessions({}, CONTEXT));

    const waiting = lines.flatMap(metricsIn).filter(({ name }) => name === 'SessionsWaiting');
    expect(waiting).toContainEqual(
      expect.objectContaining({ dimensions: [expect.any(String), 'fleet=kiosks'], values: [1] }),
    );
    expect(waiting).toContainEqual(
      expect.objectContaining({ dimensions: [expect.any(String), 'fleet=local'], values: [0] }),
    );
  });
});

describe('a function without its environment', () => {
  it('does not start, and names the variable that is not set', async () => {
    vi.stubEnv('EVENT_BUS_NAME', '');
    vi.resetModules();

    await expect(around.load('publish-events')).rejects.toThrow('EVENT_BUS_NAME is not set');
  });
});
