import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeClient } from '../support/fake-records.ts';
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

describe('the role of a client', () => {
  it('is set by an operator and given back to the fleet', async () => {
    const client = makeClient();
    await ops.clients.create(client);
    const path = `/clients/${client.clientId}/role`;
    const role = { accountId: '111122223333', roleName: 'KioskReadOnly' };

    expect((await ops.post(path, { role })).body).toMatchObject(role);
    expect(await ops.clients.read(client.clientId)).toMatchObject(role);

    const { body } = await ops.post(path, { role: null });
    expect(body).not.toHaveProperty('accountId');
    expect(body).not.toHaveProperty('roleName');
  });

  it.each([
    [{}],
    [{ role: { accountId: '1111', roleName: 'Kiosk' } }],
    [{ role: { accountId: '111122223333' } }],
    [{ role: { accountId: '111122223333', roleName: 'a role' } }],
  ])('is not set by %j', async (body) => {
    const client = makeClient();
    await ops.clients.create(client);

    const answer = await ops.post(`/clients/${client.clientId}/role`, body);

    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    expect(await ops.clients.read(client.clientId)).toEqual(client);
  });

  it('cannot be set for a client that is not there', async () => {
    expect((await ops.post('/clients/nobody/role', { role: null })).status).toBe(404);
  });
});

describe('the list of clients with endsWithinDays', () => {
  it('holds those whose sign-in is on and ends that soon', async () => {
    const signIn = (days: number) => ({
      signInSessionId: 'session-1',
      signInAtMs: START_MS,
      signInEndsAt: START_SECONDS + days * 86_400,
    });
    const soon = makeClient(signIn(3));
    for (const client of [
      soon,
      makeClient(signIn(4)),
      makeClient(),
      makeClient({ ...signIn(1), signInEndedAtMs: START_MS }),
    ]) {
      await ops.clients.create(client);
    }

    const { body } = await ops.get('/clients', { query: { endsWithinDays: '3' } });

    expect(body.clients.map((client: { clientId: string }) => client.clientId)).toEqual([soon.clientId]);
  });

  it.each(['0', '366', 'soon', '1.5'])('is refused for %s days', async (endsWithinDays) => {
    expect((await ops.get('/clients', { query: { endsWithinDays } })).status).toBe(400);
  });
});
