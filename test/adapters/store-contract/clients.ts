import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../lambda/core/client.ts';
import { START_MS, START_SECONDS } from '../../support/fake-clock.ts';
import { freshId, makeClient, makeGrant, makeSession } from '../../support/fake-records.ts';
import { atOnce, type OpenStores, type Stores, stored } from './stores.ts';

const signIn = (signInSessionId: string) => ({
  signInSessionId,
  signInAtMs: START_MS,
  signInEndsAt: START_SECONDS + 604_800,
});

export function clientStore(open: OpenStores): void {
  describe('clients', () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });

    async function enrolled(own: Partial<Client> = {}): Promise<Client> {
      const client = makeClient(own);
      await stores.clients.create(client);
      return client;
    }

    it('a client is read as it was stored', async () => {
      const client = await enrolled();

      expect(await stores.clients.read(client.clientId)).toEqual(client);
    });

    it('a client is not added twice', async () => {
      const client = await enrolled();

      await expect(stores.clients.create({ ...client, clientSecretHash: 'another' })).rejects.toThrow('exists already');
      expect(await stores.clients.read(client.clientId)).toEqual(client);
    });

    it('the first live session replaces none', async () => {
      const { clientId } = await enrolled();

      expect(await stores.clients.swapLiveSession(clientId, 'first')).toBeUndefined();
      expect(await stores.clients.read(clientId)).toMatchObject({ liveSessionId: 'first' });
    });

    it('20 live sessions at once hand each other over in one chain: each but the last is given to exactly one caller', async () => {
      const { clientId } = await enrolled();
      const ids = Array.from({ length: 20 }, (_, index) => `session-${index}`);

      const before = await atOnce(20, (index) => stores.clients.swapLiveSession(clientId, ids[index] as string));

      const last = (await stores.clients.read(clientId))?.liveSessionId;
      expect(before.filter((id) => id === undefined)).toHaveLength(1);
      expect([...before.filter((id) => id !== undefined), last].sort()).toEqual([...ids].sort());
    });

    it('a live session is not written for a client that is not there', async () => {
      const clientId = freshId();

      expect(await stores.clients.swapLiveSession(clientId, 'session')).toBeUndefined();
      expect(await stores.clients.read(clientId)).toBeUndefined();
    });

    it('a client is locked and unlocked without a trace', async () => {
      const client = await enrolled();

      const locked = await stores.clients.lock(client.clientId, 'stolen', START_MS);
      const unlocked = await stores.clients.unlock(client.clientId);

      expect(locked).toEqual({ ...client, lockedAtMs: START_MS, lockReason: 'stolen' });
      expect(unlocked).toEqual(client);
    });

    it('a client is revoked once: revoking or locking it later changes nothing', async () => {
      const { clientId } = await enrolled();
      const revoked = await stores.clients.revoke(clientId, 'scrapped', START_MS);

      expect(await stores.clients.revoke(clientId, 'again', START_MS + 1)).toEqual(revoked);
      expect(await stores.clients.lock(clientId, 'stolen', START_MS + 2)).toEqual(revoked);
      expect(revoked).toMatchObject({ revokedAtMs: START_MS, revokeReason: 'scrapped' });
    });

    it('a client is given a role of its own, another one, and its fleet’s again', async () => {
      const client = await enrolled();
      const setRole = (pin?: { accountId: string; roleName: string }) => stores.clients.setRole(client.clientId, pin);
      const [one, other] = [
        { accountId: '111122223333', roleName: 'Kiosk' },
        { accountId: '444455556666', roleName: 'Robot' },
      ];

      expect(await setRole(one)).toEqual({ ...client, ...one });
      expect(await setRole(other)).toEqual({ ...client, ...other });
      expect(await setRole()).toEqual(client);
    });

    it('no role is written for a client that is not there', async () => {
      const clientId = freshId();

      expect(await stores.clients.setRole(clientId, { accountId: '111122223333', roleName: 'Kiosk' })).toBeUndefined();
      expect(await stores.clients.read(clientId)).toBeUndefined();
    });

    it('a sign-in is written down, and a new one forgets how the last one ended', async () => {
      const client = await enrolled();
      const { clientId } = client;
      await stores.clients.recordSignIn(clientId, signIn('first'));
      await stores.clients.recordSignInEnd(clientId, 'first', 'revoked', START_MS + 5);
      const ended = await stores.clients.read(clientId);

      await stores.clients.recordSignIn(clientId, signIn('second'));

      const end = { signInEndedAtMs: START_MS + 5, signInEndReason: 'revoked' };
      expect(ended).toEqual({ ...client, ...signIn('first'), ...end });
      expect(await stores.clients.read(clientId)).toEqual({ ...client, ...signIn('second') });
    });

    it('the end of a sign-in that is not the client’s any more is not written down', async () => {
      const client = await enrolled(signIn('second'));

      await stores.clients.recordSignInEnd(client.clientId, 'first', 'revoked', START_MS);

      expect(await stores.clients.read(client.clientId)).toEqual(client);
    });

    it('an announced end is written down as long as it is the end', async () => {
      const { clientId } = await enrolled(signIn('first'));
      const { signInEndsAt } = signIn('first');

      await stores.clients.recordEndAnnouncement(clientId, signInEndsAt);
      await stores.clients.recordEndAnnouncement(clientId, signInEndsAt + 60);

      expect((await stores.clients.read(clientId))?.endAnnouncedFor).toBe(signInEndsAt);
    });

    it('no sign-in is written for a client that is not there', async () => {
      const clientId = freshId();
      await stores.clients.recordSignIn(clientId, signIn('first'));
      await stores.clients.recordSignInEnd(clientId, 'first', 'revoked', START_MS);
      await stores.clients.recordEndAnnouncement(clientId, START_SECONDS);

      expect(await stores.clients.read(clientId)).toBeUndefined();
    });

    it.each(['lock', 'revoke', 'unlock'] as const)('%s of a client that is not there adds none', async (act) => {
      const clientId = freshId();

      expect(await stores.clients[act](clientId, 'stolen', START_MS)).toBeUndefined();
      expect(await stores.clients.read(clientId)).toBeUndefined();
    });

    it('a client and its session are read at once, and each alone when the other is gone', async () => {
      const client = await enrolled();
      const session = await stored(stores, makeSession());
      const { sessions } = stores;

      expect(await sessions.readClientAndSession(client.clientId, session.sessionId)).toEqual({ client, session });
      expect(await sessions.readClientAndSession(client.clientId, freshId())).toEqual({ client });
      expect(await sessions.readClientAndSession(freshId(), session.sessionId)).toEqual({ session });
      expect(await sessions.readClientAndSession(freshId(), freshId())).toEqual({});
    });

    it('an id that is longer than any key can be is the id of nothing: callers send what they like', async () => {
      const id = 'x'.repeat(60_000);

      expect(await stores.clients.read(id)).toBeUndefined();
      expect(await stores.clients.lock(id, 'stolen', START_MS)).toBeUndefined();
      expect(await stores.sessions.read(id)).toBeUndefined();
      expect(await stores.sessions.readClientAndSession(id, id)).toEqual({});
      expect(await stores.enrollmentKeys.read(id)).toBeUndefined();
    });

    it('a client and a grant are read at once, and each alone when the other is gone', async () => {
      const client = await enrolled();
      const grant = makeGrant();
      await stores.grants.create(grant);

      expect(await stores.grants.readClientAndGrant(client.clientId, grant.grantId)).toEqual({ client, grant });
      expect(await stores.grants.readClientAndGrant(client.clientId, freshId())).toEqual({ client });
      expect(await stores.grants.readClientAndGrant(freshId(), grant.grantId)).toEqual({ grant });
    });
  });
}
