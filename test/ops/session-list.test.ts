import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SHARDS } from '../../lambda/adapters/keys.ts';
import type { Session } from '../../lambda/core/session.ts';
import { makeListSessions, type SessionEntry } from '../../lambda/core/session-directory.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';
import { makeOpsCaller, type OpsCaller } from './ops-caller.ts';

let dynalite: Dynalite;
let ops: OpsCaller;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());
beforeEach(async () => {
  ops = makeOpsCaller(await dynalite.newTable());
});

/** The ids of a list, page by page. */
async function pagesOf(query: Readonly<Record<string, string>> = {}): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const { status, body } = await ops.get('/sessions', { query: { ...query, ...(cursor && { cursor }) } });
    expect(status).toBe(200);
    pages.push(body.sessions.map((session: { sessionId: string }) => session.sessionId));
    cursor = body.nextCursor;
  } while (cursor !== undefined);
  return pages;
}

const listed = async (query?: Readonly<Record<string, string>>) => (await pagesOf(query)).flat();

const shardOf = (sessionId: string): number => (Buffer.from(sessionId, 'base64url')[0] ?? 0) % SHARDS.length;

describe('the list of sessions', () => {
  it('holds each of 240 sessions once, over all shards and many pages, newest first, equal times included', async () => {
    const stored = await Promise.all(
      Array.from({ length: 240 }, (_, i) => ops.store({ createdAtMs: START_MS + Math.floor(i / 10) * 1000 })),
    );

    const pages = await pagesOf({ limit: '17' });

    expect(new Set(stored.map(shardOf)).size).toBe(SHARDS.length);
    expect(pages.map((page) => page.length)).toEqual([...Array(14).fill(17), 2]);
    expect(pages.flat().toSorted()).toEqual(stored.toSorted());
    const times = pages.flat().map((sessionId) => Math.floor(stored.indexOf(sessionId) / 10));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it('is in the same order whatever the size of its pages', async () => {
    await Promise.all(Array.from({ length: 30 }, () => ops.store({ createdAtMs: START_MS })));

    const [all] = await pagesOf({ limit: '100' });

    expect(await listed({ limit: '1' })).toEqual(all);
    expect(await listed({ limit: '7' })).toEqual(all);
  });

  it('goes on behind the last page when sessions have come in the meantime', async () => {
    const old = [await ops.store({ createdAtMs: START_MS }), await ops.store({ createdAtMs: START_MS + 1 })];
    const first = (await ops.get('/sessions', { query: { limit: '1' } })).body;
    await ops.store({ createdAtMs: START_MS + 2 });

    const second = (await ops.get('/sessions', { query: { limit: '1', cursor: first.nextCursor } })).body;

    expect([first, second].map(({ sessions }) => sessions[0].sessionId)).toEqual(old.toReversed());
  });

  it('has a last page without a cursor, also when it is full', async () => {
    await Promise.all([ops.store(), ops.store()]);

    expect((await pagesOf({ limit: '2' })).map((page) => page.length)).toEqual([2]);
  });

  it('is empty before there is any session', async () => {
    expect((await ops.get('/sessions')).body).toEqual({ sessions: [] });
  });
});

describe('a filter', () => {
  it('takes phase, fleet and client together', async () => {
    const wanted = { phase: 'denied', fleet: 'robots', clientId: 'client-2' } as const;
    const id = await ops.store(wanted);
    await ops.store({ ...wanted, phase: 'pending' });
    await ops.store({ ...wanted, fleet: 'kiosks' });
    await ops.store({ ...wanted, clientId: 'client-3' });

    expect(await listed({ phase: 'denied', fleet: 'robots', client: 'client-2' })).toEqual([id]);
    expect(await listed({ fleet: 'robots' })).toHaveLength(3);
    expect(await listed({ client: 'client-2' })).toHaveLength(3);
    expect(await listed({ fleet: 'nobody' })).toEqual([]);
  });

  it('by time holds what began then or later', async () => {
    await ops.store({ createdAtMs: START_MS - 1 });
    const id = await ops.store({ createdAtMs: START_MS });

    expect(await listed({ since: new Date(START_MS).toISOString() })).toEqual([id]);
  });

  it('by phase reckons a session as expired at the second it expires, whatever is stored', async () => {
    const id = await ops.store({ phase: 'pending', expiresAt: START_SECONDS + 60 });

    ops.clock.advanceSeconds(59);
    expect([await listed({ phase: 'pending' }), await listed({ phase: 'expired' })]).toEqual([[id], []]);
    ops.clock.advanceSeconds(1);
    expect([await listed({ phase: 'pending' }), await listed({ phase: 'expired' })]).toEqual([[], [id]]);
  });

  it('by phase reckons a deferred session whose AWS code has died as waiting again', async () => {
    const ends = { expiresAt: START_SECONDS + 3600, activationExpiresAt: START_SECONDS + 60, activations: 1 };
    const id = await ops.store({ phase: 'pending', ...ends });

    expect(await listed({ phase: 'awaiting_operator' })).toEqual([]);
    ops.clock.advanceSeconds(60);
    expect([await listed({ phase: 'pending' }), await listed({ phase: 'awaiting_operator' })]).toEqual([[], [id]]);
  });

  it('that fits few of many sessions gives short pages with a cursor, and in the end all that fit', async () => {
    const entries = Array.from({ length: 5000 }, (_, i) => entryOf(makeSession({ createdAtMs: START_MS - i })));
    const rare = entries[4999] as SessionEntry;
    const list = makeListSessions({
      directory: directoryOf(entries.map((entry) => (entry === rare ? { ...entry, fleet: 'rare' } : entry))),
      readMany: async (ids) => ids.map((sessionId) => makeSession({ sessionId, fleet: 'rare' })),
      nowMs: () => START_MS,
    });

    const pages: Session[][] = [];
    let after: string | undefined;
    do {
      const page = await list({ fleet: 'rare' }, 10, after);
      pages.push([...page.sessions]);
      after = page.after;
    } while (after !== undefined);

    expect(pages.map((page) => page.length)).toEqual([0, 0, 1]);
    expect(pages.flat()[0]?.sessionId).toBe(rare.sessionId);
  });
});

describe('an index that lags behind the table', () => {
  const nowMs = () => START_MS;

  it('may have a session twice for a moment; the list has it once', async () => {
    const session = makeSession();
    const both = [entryOf(session), { ...entryOf(session), phase: 'authorized' as const }];
    const readMany = async (ids: readonly string[]) => {
      // DynamoDB refuses a batch with a key that is there twice.
      expect(new Set(ids).size).toBe(ids.length);
      return [session];
    };

    const page = await makeListSessions({ directory: directoryOf(both), readMany, nowMs })({}, 10);

    expect(page.sessions).toEqual([session]);
  });

  it('may have a session in a phase that it has left; the list shows it as it is, or not at all', async () => {
    const settled = makeSession({ phase: 'denied' });
    const entries = [{ ...entryOf(settled), phase: 'pending' as const }];
    const list = makeListSessions({ directory: directoryOf(entries), readMany: async () => [settled], nowMs });

    expect((await list({}, 10)).sessions).toEqual([settled]);
    expect((await list({ phase: 'pending' }, 10)).sessions).toEqual([]);
  });

  it('may have a session that is gone; the list has it not', async () => {
    const entries = [entryOf(makeSession())];
    const list = makeListSessions({ directory: directoryOf(entries), readMany: async () => [], nowMs });

    expect((await list({}, 10)).sessions).toEqual([]);
  });
});

function entryOf({ sessionId, phase, clientId, fleet, expiresAt, createdAtMs }: Session): SessionEntry {
  return { sessionId, createdOrder: `${createdAtMs}#${sessionId}`, phase, clientId, fleet, expiresAt };
}

/** A directory of entries that are in order already. */
function directoryOf(entries: readonly SessionEntry[]) {
  return {
    async *newestFirst(_phases: readonly string[], after: string | undefined) {
      yield* entries.filter((entry) => after === undefined || entry.createdOrder < after);
    },
  };
}
