import { beforeAll, describe, expect, it } from 'vitest';
import { createdOrderOf } from '../../../lambda/adapters/keys.ts';
import { PHASES, type Phase, type Session } from '../../../lambda/core/session.ts';
import type { SessionEntry } from '../../../lambda/core/session-directory.ts';
import { START_MS } from '../../support/fake-clock.ts';
import { makeSession } from '../../support/fake-records.ts';
import { sessionIn } from './session-transitions.ts';
import { atOnce, type OpenStores, type Stores } from './stores.ts';

/** Sessions of one phase: several pages of each of the 8 shards' queries together, more than one of the merge. */
const PENDING = 480;

const orderOf = (session: Session): string => createdOrderOf(session.createdAtMs, session.sessionId);
const newestFirst = (sessions: readonly Session[]): string[] => sessions.map(orderOf).sort().reverse();

export function sessionDirectory(open: OpenStores): void {
  describe('the directory of sessions', () => {
    let stores: Stores;
    let sessions: Session[];

    beforeAll(async () => {
      stores = await open();
      // Ten sessions a second, all ten at the same millisecond: their ids alone order them.
      const pending = Array.from({ length: PENDING }, (_, index) =>
        makeSession({ createdAtMs: START_MS - Math.floor(index / 10) * 1000 }),
      );
      sessions = [...pending, ...PHASES.map(sessionIn)];
      for (let from = 0; from < sessions.length; from += 50) {
        const some = sessions.slice(from, from + 50);
        await atOnce(some.length, (index) => stores.sessions.create(some[index] as Session));
      }
    });

    async function listed(phases: readonly Phase[], after?: string, limit = Number.POSITIVE_INFINITY) {
      const entries: SessionEntry[] = [];
      for await (const entry of stores.directory.newestFirst(phases, after)) {
        if (entries.length === limit) break;
        entries.push(entry);
      }
      return entries;
    }

    it('all sessions of all phases come newest first, equal times ordered by id, each once', async () => {
      const entries = await listed(PHASES);

      expect(entries.map((entry) => entry.createdOrder)).toEqual(newestFirst(sessions));
    });

    it('the sessions of one phase come newest first over all shards and several pages', async () => {
      const entries = await listed(['pending']);

      const pending = sessions.filter((session) => session.phase === 'pending');
      expect(entries.map((entry) => entry.createdOrder)).toEqual(newestFirst(pending));
    });

    it('pages of 7 put together are the whole list: none twice, none left out', async () => {
      const pages: string[] = [];
      for (let after: string | undefined; ; after = pages.at(-1)) {
        const page = await listed(['pending', 'denied'], after, 7);
        pages.push(...page.map((entry) => entry.createdOrder));
        if (page.length < 7) break;
      }

      const all = sessions.filter((session) => session.phase === 'pending' || session.phase === 'denied');
      expect(pages).toEqual(newestFirst(all));
    });

    it('an entry says what is filtered by, and holds no secret', async () => {
      const [entry] = await listed(['denied']);

      const session = sessions.find((candidate) => candidate.phase === 'denied') as Session;
      const { sessionId, phase, clientId, fleet, expiresAt } = session;
      expect(entry).toMatchObject({ sessionId, phase, clientId, fleet, expiresAt, createdOrder: orderOf(session) });
      expect(JSON.stringify(entry)).not.toMatch(/BCDF|upstream-device-code|c2VhbC1rZXk|device\?user_code/);
    });

    it('a session that changes its phase changes its list', async () => {
      const session = makeSession({ createdAtMs: START_MS + 60_000 });
      await stores.sessions.create(session);
      const { sessionId } = session;
      await stores.sessions.end({ sessionId, phase: 'failed', from: ['pending'], nowMs: START_MS });

      expect((await listed(['failed'], undefined, 1)).map((entry) => entry.sessionId)).toEqual([sessionId]);
      expect((await listed(['pending'])).map((entry) => entry.sessionId)).not.toContain(sessionId);
    });

    it('a page that starts after the oldest is empty', async () => {
      expect(await listed(PHASES, createdOrderOf(0, '0'))).toEqual([]);
    });
  });
}
