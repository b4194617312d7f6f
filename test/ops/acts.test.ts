import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../lambda/core/hashing.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeClient, makeEnrollmentKey } from '../support/fake-records.ts';
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

describe('a session', () => {
  it('is shown while it waits with the code that a person compares, and with nothing that opens anything', async () => {
    const sessionId = await ops.store({ upstreamDeviceCode: 'the-upstream-code', sealedTokens: 'the-sealed-tokens' });

    const { body } = await ops.get(`/sessions/${sessionId}`);

    expect(body).toMatchObject({ sessionId, phase: 'pending', userCode: 'BCDF-GHJK', secondsLeft: 595 });
    expect(JSON.stringify(body)).not.toMatch(/the-upstream-code|the-sealed-tokens|c2VhbC1rZXk/);
  });

  it('is cancelled with a reason, once and for all', async () => {
    const sessionId = await ops.store();

    const first = await ops.post(`/sessions/${sessionId}/cancel`, { reason: ' not ours ' });
    const second = await ops.post(`/sessions/${sessionId}/cancel`, { reason: 'again' });

    expect(first.body).toMatchObject({ phase: 'cancelled', endReason: 'not ours', endedAt: iso(START_MS) });
    expect(first.body).not.toHaveProperty('userCode');
    expect(second.body).toEqual(first.body);
  });
});

describe('a session that has expired', () => {
  it('cannot be cancelled any more, also while it is still stored as pending', async () => {
    const sessionId = await ops.store({ expiresAt: START_SECONDS + 60 });
    ops.clock.advanceSeconds(60);

    const { status, body } = await ops.post(`/sessions/${sessionId}/cancel`, { reason: 'too late' });

    expect([status, body.code]).toEqual([409, 'already_settled']);
    expect(body.detail).toContain('This session is expired');
    expect((await ops.get(`/sessions/${sessionId}`)).body.phase).toBe('expired');
  });
});

describe('a client', () => {
  it('is locked with its live session, unlocked, and revoked for good', async () => {
    const sessionId = await ops.store();
    const client = makeClient({ liveSessionId: sessionId });
    await ops.clients.create(client);
    const path = `/clients/${client.clientId}`;

    const locked = await ops.post(`${path}/lock`, { reason: 'stolen' });
    expect(locked.body).toMatchObject({ state: 'locked', lockReason: 'stolen', lockedAt: iso(START_MS) });
    expect((await ops.get(`/sessions/${sessionId}`)).body).toMatchObject({
      phase: 'cancelled',
      endReason: 'the client was locked: stolen',
    });

    const unlocked = await ops.post(`${path}/unlock`);
    expect(unlocked.body.state).toBe('active');
    expect(unlocked.body).not.toHaveProperty('lockReason');

    const revoked = await ops.post(`${path}/revoke`, { reason: 'scrapped' });
    expect(revoked.body).toMatchObject({ state: 'revoked', revokeReason: 'scrapped' });
    expect((await ops.post(`${path}/unlock`)).body.state).toBe('revoked');
    expect(JSON.stringify(revoked.body)).not.toContain(client.clientSecretHash);
  });

  it('is listed with all others, page by page', async () => {
    const clients = Array.from({ length: 23 }, (_, i) => makeClient({ createdAtMs: START_MS + i }));
    await Promise.all(clients.map(ops.clients.create));

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await ops.get('/clients', { query: { limit: '10', ...(cursor && { cursor }) } });
      seen.push(...body.clients.map(({ clientId }: { clientId: string }) => clientId));
      cursor = body.nextCursor;
    } while (cursor !== undefined);

    expect(seen).toEqual(clients.map(({ clientId }) => clientId).toReversed());
  });
});

describe('an enrollment key', () => {
  it('is told once, when it is made, and known by its hash alone ever after', async () => {
    const made = await ops.post('/enrollment-keys', { fleet: 'kiosks', note: 'hall 4', maxUses: 40 });
    const { enrollmentKey, enrollmentKeyId } = made.body;

    expect(made.status).toBe(201);
    expect(made.headers['Cache-Control']).toBe('no-store');
    expect(made.body).toMatchObject({ state: 'active', fleet: 'kiosks', note: 'hall 4', maxUses: 40, uses: 0 });
    expect((await ops.enrollmentKeys.read(enrollmentKeyId))?.keyHash).toBe(sha256(enrollmentKey));
    const later = [await ops.get(`/enrollment-keys/${enrollmentKeyId}`), await ops.get('/enrollment-keys')];
    for (const { body } of later) {
      expect(JSON.stringify(body)).not.toContain(enrollmentKey);
      expect(JSON.stringify(body)).not.toContain(sha256(enrollmentKey));
    }
  });

  it('lives for 30 days unless its maker says otherwise', async () => {
    const days = async (own: object) => {
      const { body } = await ops.post('/enrollment-keys', { fleet: 'kiosks', ...own });
      return (Date.parse(body.expiresAt) - START_MS) / 86_400_000;
    };

    expect([await days({}), await days({ lifetimeSeconds: 86_400 })]).toEqual([30, 1]);
  });

  it('is revoked with a reason', async () => {
    const key = makeEnrollmentKey();
    await ops.enrollmentKeys.create(key);

    const { body } = await ops.post(`/enrollment-keys/${key.enrollmentKeyId}/revoke`, { reason: 'leaked' });

    expect(body).toMatchObject({ state: 'revoked', revokeReason: 'leaked', revokedAt: iso(START_MS) });
  });

  it.each([
    ['expired', { expiresAt: START_SECONDS }],
    ['used_up', { maxUses: 3, uses: 3 }],
  ])('says that it is %s', async (state, own) => {
    const key = makeEnrollmentKey(own);
    await ops.enrollmentKeys.create(key);

    expect((await ops.get(`/enrollment-keys/${key.enrollmentKeyId}`)).body.state).toBe(state);
  });
});

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
