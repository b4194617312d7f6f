import { beforeAll, describe, expect, it } from 'vitest';
import { freshId, makeSession } from '../../support/fake-records.ts';
import { atOnce, type OpenStores, type Stores, stored } from './stores.ts';

export function sessionItems(open: OpenStores): void {
  describe('sessions', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });

    it('a session is not added twice, and the first stays as it was', async () => {
      const session = await stored(stores, makeSession());

      await expect(stores.sessions.create({ ...session, createdAtMs: session.createdAtMs + 1 })).rejects.toThrow(
        'exists already',
      );
      expect(await stores.sessions.read(session.sessionId)).toEqual(session);
    });

    it('many sessions are read in one call, those that are gone are missing from the answer', async () => {
      const sessions = await atOnce(99, () => stored(stores, makeSession()));
      const ids = [...sessions.map((session) => session.sessionId), freshId()];

      const read = await stores.sessions.readMany(ids);

      expect(new Map(read.map((session) => [session.sessionId, session]))).toEqual(
        new Map(sessions.map((session) => [session.sessionId, session])),
      );
    });

    it('no session at all is read without a call', async () => {
      expect(await stores.sessions.readMany([])).toEqual([]);
    });
  });
}
