import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeClient, makeEnrollmentKey } from '../support/fake-records.ts';
import { makeOpsCaller, type OpsCaller } from './ops-caller.ts';

let dynalite: Dynalite;
let ops: OpsCaller;
let sessionId: string;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());
beforeEach(async () => {
  ops = makeOpsCaller(await dynalite.newTable());
  sessionId = await ops.store({ expiresAt: START_SECONDS + 600 });
});

const tagOf = async (path: string): Promise<string> => (await ops.get(path)).headers.ETag ?? '';

/** The status of asking again with what If-None-Match says. */
const again = async (path: string, ifNoneMatch: string): Promise<number> =>
  (await ops.get(path, { headers: { 'If-None-Match': ifNoneMatch } })).status;

describe('an entity tag', () => {
  it('is on every GET, weak, and answers 304 without a body while nothing happens', async () => {
    const client = makeClient();
    const key = makeEnrollmentKey();
    await ops.clients.create(client);
    await ops.enrollmentKeys.create(key);
    const paths = ['/sessions', `/sessions/${sessionId}`, '/summary', '/clients', `/clients/${client.clientId}`];
    const others = ['/enrollment-keys', `/enrollment-keys/${key.enrollmentKeyId}`, '/openapi.json'];

    for (const path of [...paths, ...others]) {
      const etag = await tagOf(path);
      expect([path, etag]).toEqual([path, expect.stringMatching(/^W\/"[\w-]{22}"$/)]);
      const unchanged = await ops.get(path, { headers: { 'if-none-match': etag } });
      expect(unchanged).toEqual({ status: 304, headers: expect.objectContaining({ ETag: etag }), body: undefined });
    }
  });

  it.each(['/sessions', '/summary', 'detail'])('of %s does not change because time passes', async (what) => {
    const path = what === 'detail' ? `/sessions/${sessionId}` : what;
    const etag = await tagOf(path);

    ops.clock.advanceSeconds(30);

    expect(await again(path, etag)).toBe(304);
  });

  it.each(['/sessions', '/summary', 'detail'])('of %s changes when a session settles', async (what) => {
    const path = what === 'detail' ? `/sessions/${sessionId}` : what;
    const etag = await tagOf(path);

    await ops.post(`/sessions/${sessionId}/cancel`, { reason: 'not ours' });

    expect(await again(path, etag)).toBe(200);
  });

  it.each(['/sessions', '/summary', 'detail'])('of %s changes when a session expires', async (what) => {
    const path = what === 'detail' ? `/sessions/${sessionId}` : what;
    const etag = await tagOf(path);

    ops.clock.advanceSeconds(600);

    expect(await again(path, etag)).toBe(200);
  });

  it('of a list stays when a session is polled, that of the session itself does not', async () => {
    const [list, detail] = [await tagOf('/sessions'), await tagOf(`/sessions/${sessionId}`)];
    const seen = { ...(await ops.sessions.read(sessionId)) } as Parameters<typeof ops.sessions.claimPoll>[0]['seen'];
    ops.clock.advance(1000);
    await ops.sessions.claimPoll({ seen, nowMs: START_MS + 1000, leaseUntilMs: START_MS + 30_000 });

    expect(await again('/sessions', list)).toBe(304);
    expect(await again(`/sessions/${sessionId}`, detail)).toBe(200);
  });

  it('of two pages is not the same', async () => {
    await ops.store({ createdAtMs: START_MS - 60_000 });
    const { nextCursor } = (await ops.get('/sessions', { query: { limit: '1' } })).body;

    const [first, second] = await Promise.all([
      ops.get('/sessions', { query: { limit: '1' } }),
      ops.get('/sessions', { query: { limit: '1', cursor: nextCursor } }),
    ]);

    expect(first.headers.ETag).not.toBe(second.headers.ETag);
  });
});

describe('If-None-Match', () => {
  it('may hold many tags, strong ones, or a star (RFC 9110 §13.1.2)', async () => {
    const etag = await tagOf('/summary');

    expect(await again('/summary', `"other", ${etag} , W/"third"`)).toBe(304);
    expect(await again('/summary', etag.slice(2))).toBe(304);
    expect(await again('/summary', '*')).toBe(304);
    expect(await again('/summary', 'W/"other"')).toBe(200);
    expect(await again('/summary', etag.slice(3, -1))).toBe(200);
  });

  it('does not keep an act from being done', async () => {
    const headers = { 'If-None-Match': '*' };
    const cancelled = await ops.call('POST', `/sessions/${sessionId}/cancel`, { body: { reason: 'no' }, headers });

    expect([cancelled.status, cancelled.headers.ETag]).toEqual([200, undefined]);
    expect((await ops.get(`/sessions/${sessionId}`)).body.phase).toBe('cancelled');
  });

  it('does not hide a problem', async () => {
    expect(await again('/sessions/nobody', '*')).toBe(404);
  });
});

describe('an answer', () => {
  it('is kept by no cache, since it may hold user codes', async () => {
    const etag = await tagOf('/sessions');
    const answers = [await ops.get('/sessions'), await ops.get('/sessions', { headers: { 'If-None-Match': etag } })];

    for (const { headers } of answers) expect(headers['Cache-Control']).toBe('no-store');
  });
});
