import { describe, expect, it } from 'vitest';
import { PHASES, type Session } from '../../lambda/core/session.ts';
import { makeListSessions, type SessionFilter, type SessionPage } from '../../lambda/core/session-directory.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';
import { makeMemoryClientStore } from '../support/memory-client-store.ts';
import { makeMemorySessionDirectory } from '../support/memory-session-directory.ts';
import { makeMemorySessionStore } from '../support/memory-session-store.ts';

/** A list of these sessions; the first was created last. */
async function listOf(...own: readonly Partial<Session>[]) {
  const store = makeMemorySessionStore(makeMemoryClientStore().records);
  const sessions = own.map((facts, index) => makeSession({ createdAtMs: START_MS - index * 1000, ...facts }));
  for (const session of sessions) await store.create(session);
  const directory = makeMemorySessionDirectory(store.records);
  const nowMs = () => START_MS;
  const list = makeListSessions({ directory, readMany: store.readMany, nowMs });

  /** Which of the sessions are listed, by their place. */
  async function places(filter: SessionFilter, limit = 100): Promise<number[]> {
    const page = await list(filter, limit);
    return page.sessions.map(({ sessionId }) => sessions.findIndex((session) => session.sessionId === sessionId));
  }

  /** All pages of a query. */
  async function pages(filter: SessionFilter, limit: number): Promise<SessionPage[]> {
    const found: SessionPage[] = [];
    for (let after: string | undefined; ; ) {
      const page = await list(filter, limit, after);
      found.push(page);
      if (page.after === undefined) return found;
      after = page.after;
    }
  }

  return { store, sessions, directory, list, places, pages };
}

const PAST = { expiresAt: START_SECONDS };

describe('the list of sessions', () => {
  it('without a filter holds all of them, newest first, as they are in the table', async () => {
    const { list, sessions } = await listOf(...PHASES.map((phase) => ({ phase })));

    expect(await list({}, 100)).toEqual({ sessions });
  });

  it.each<{ filter: SessionFilter; places: number[] }>([
    { filter: { phase: 'pending' }, places: [0, 7] },
    { filter: { phase: 'awaiting_operator' }, places: [2, 3] },
    { filter: { phase: 'authorized' }, places: [4] },
    { filter: { phase: 'expired' }, places: [1, 5, 6] },
    { filter: { phase: 'claimed' }, places: [8] },
    { filter: { phase: 'denied' }, places: [] },
  ])(
    'filtered by $filter.phase goes by the phase that holds now, whatever the item says',
    async ({ filter, places }) => {
      const listed = await listOf(
        { phase: 'pending' },
        { phase: 'pending', ...PAST },
        { phase: 'awaiting_operator' },
        { phase: 'pending', activations: 1, activationExpiresAt: START_SECONDS },
        { phase: 'authorized' },
        { phase: 'authorized', ...PAST },
        { phase: 'expired' },
        { phase: 'pending', activations: 1, activationExpiresAt: START_SECONDS + 1 },
        { phase: 'claimed', ...PAST },
      );

      expect(await listed.places(filter)).toEqual(places);
    },
  );

  it.each<{ what: string; filter: SessionFilter; places: number[] }>([
    { what: 'fleet', filter: { fleet: 'robots' }, places: [1, 2] },
    { what: 'client', filter: { clientId: 'client-2' }, places: [2, 3] },
    { what: 'fleet and client', filter: { fleet: 'robots', clientId: 'client-2' }, places: [2] },
    { what: 'time, that time included', filter: { sinceMs: START_MS - 2_000 }, places: [0, 1, 2] },
    { what: 'fleet and phase', filter: { fleet: 'kiosks', phase: 'denied' }, places: [3] },
  ])('is filtered by $what', async ({ filter, places }) => {
    const listed = await listOf(
      {},
      { fleet: 'robots' },
      { fleet: 'robots', clientId: 'client-2' },
      { clientId: 'client-2', phase: 'denied' },
    );

    expect(await listed.places(filter)).toEqual(places);
  });

  it('comes in pages that together are the list: none twice, none left out, equal times included', async () => {
    const { pages, list } = await listOf(...Array.from({ length: 23 }, () => ({ createdAtMs: START_MS })));

    const found = await pages({}, 5);

    expect(found.map((page) => page.sessions.length)).toEqual([5, 5, 5, 5, 3]);
    expect(found.flatMap((page) => page.sessions)).toEqual((await list({}, 100)).sessions);
  });

  it('does not promise another page when the last one is just full', async () => {
    const { pages } = await listOf({}, {}, {}, {});

    expect((await pages({}, 2)).map((page) => page.sessions.length)).toEqual([2, 2]);
  });

  it('gives out a short page rather than to read for ever, and goes on from there', async () => {
    const rare = { fleet: 'robots' };
    const { pages, sessions } = await listOf(rare, ...Array.from({ length: 2_500 }, () => ({})), rare);

    const found = await pages({ fleet: 'robots' }, 10);

    expect(found.map((page) => page.sessions)).toEqual([[sessions[0]], [sessions.at(-1)]]);
  });

  it('goes on behind a session that was deleted since', async () => {
    const { store, list, sessions } = await listOf({}, {}, {});
    const { after } = await list({}, 2);
    store.records.remove(sessions[1]?.sessionId ?? '');

    expect((await list({}, 2, after)).sessions).toEqual([sessions[2]]);
  });

  it('shows a session as the table has it, also if the index is behind', async () => {
    const { store, directory, sessions } = await listOf({}, {}, {});
    const [gone, settled, waiting] = sessions as [Session, Session, Session];
    const behind = makeListSessions({
      directory,
      async readMany(ids) {
        store.records.remove(gone.sessionId);
        await store.end({ sessionId: settled.sessionId, phase: 'denied', from: ['pending'], nowMs: START_MS });
        return store.readMany(ids);
      },
      nowMs: () => START_MS,
    });

    expect(await behind({ phase: 'pending' }, 10)).toEqual({ sessions: [waiting] });
  });

  it('shows a session once that is in two partitions of the index for a moment', async () => {
    const { directory, store, sessions } = await listOf({}, {}, {});
    const list = makeListSessions({
      directory: {
        async *newestFirst(phases, after) {
          for await (const entry of directory.newestFirst(phases, after)) yield* [entry, { ...entry, phase: 'denied' }];
        },
      },
      readMany: store.readMany,
      nowMs: () => START_MS,
    });

    expect((await list({}, 10)).sessions).toEqual(sessions);
  });
});
