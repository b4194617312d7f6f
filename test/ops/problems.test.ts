import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../lambda/http/problems.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { type Answer, makeOpsCaller, type OpsCaller } from './ops-caller.ts';

let dynalite: Dynalite;
let ops: OpsCaller;
let sessionId: string;
let settledId: string;
beforeAll(async () => {
  dynalite = await startDynalite();
  ops = makeOpsCaller(await dynalite.newTable());
  sessionId = await ops.store();
  settledId = await ops.store({ phase: 'claimed' });
});
afterAll(() => dynalite.close());

const list = (query: Readonly<Record<string, string>>) => () => ops.get('/sessions', { query });
const cancel =
  (body: unknown, id = () => sessionId) =>
  () =>
    ops.post(`/sessions/${id()}/cancel`, body);
const newKey = (body: unknown) => () => ops.post('/enrollment-keys', body);

/** Each problem that a caller can bring about, with the words that say what to do next. */
const CASES: readonly (readonly [string, () => Promise<Answer>, keyof typeof PROBLEMS, RegExp])[] = [
  ['a page of none', list({ limit: '0' }), 'invalid_input', /limit must be a whole number from 1 to 100/],
  ['a page of 101', list({ limit: '101' }), 'invalid_input', /from 1 to 100/],
  ['a page of 1e1', list({ limit: '1e1' }), 'invalid_input', /from 1 to 100/],
  [
    'a phase that is none',
    list({ phase: 'waiting' }),
    'invalid_input',
    /phase must be one of awaiting_operator, pending/,
  ],
  ['a time without a zone', list({ since: '2026-11-21T07:00' }), 'invalid_input', /a time in UTC, such as 2026-/],
  ['a parameter that is unknown', list({ status: 'x' }), 'invalid_input', /status is not known here/],
  ['a cursor that is none', list({ cursor: 'x' }), 'invalid_cursor', /start again without cursor/],
  ['an act without a body', cancel(undefined), 'invalid_input', /reason must be a text/],
  ['a reason of spaces', cancel({ reason: '  ' }), 'invalid_input', /reason must not be empty/],
  ['a reason of 501 characters', cancel({ reason: 'x'.repeat(501) }), 'invalid_input', /at most 500 characters/],
  ['a member too many', cancel({ reason: 'x', force: true }), 'invalid_input', /force is not known here/],
  ['a body that is an array', cancel([]), 'invalid_input', /must be an object/],
  ['a body that is null', cancel('null'), 'invalid_input', /must be an object/],
  ['a body that is no JSON', cancel('reason=x'), 'invalid_json', /Send a JSON object/],
  ['a body of 17 KB', cancel({ reason: 'x'.repeat(17_000) }), 'body_too_large', /larger than 16384 bytes/],
  ['a key without a fleet', newKey({}), 'invalid_input', /fleet must be a text/],
  [
    'a key for a minute less a second',
    newKey({ fleet: 'kiosks', lifetimeSeconds: 59 }),
    'invalid_input',
    /at least 60/,
  ],
  [
    'a key for half a use',
    newKey({ fleet: 'kiosks', maxUses: 0.5 }),
    'invalid_input',
    /maxUses must be a whole number/,
  ],
  ['a key for an unknown fleet', newKey({ fleet: 'tills' }), 'unknown_fleet', /use one of kiosks, robots, or add it/],
  ['a session that is not there', () => ops.get('/sessions/nobody'), 'not_found', /List them with GET \/sessions\./],
  ['a client that is not there', () => ops.post('/clients/nobody/unlock'), 'not_found', /GET \/clients\./],
  ['a key that is not there', () => ops.get('/enrollment-keys/none'), 'not_found', /GET \/enrollment-keys\./],
  [
    'a session that is over',
    cancel({ reason: 'x' }, () => settledId),
    'already_settled',
    /is claimed .* lock its client/,
  ],
  ['a route that is not there', () => ops.get('/devices'), 'no_such_route', /GET \/openapi\.json lists the routes/],
  ['a method that is not taken', () => ops.call('DELETE', '/sessions'), 'method_not_allowed', /takes GET only/],
];

describe('a problem', () => {
  it.each(CASES)('is told of %s', async (_, call, code, detail) => {
    const { status, headers, body } = await call();

    expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
    expect(body).toMatchObject({
      type: `urn:fleet-token-broker:problem:${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      detail: expect.stringMatching(detail),
      instance: 'urn:fleet-token-broker:request:request-1',
      code,
      requestId: 'request-1',
    });
    expect(status).toBe(PROBLEMS[code].status);
    expect(body.detail).toMatch(/\.$/);
  });

  it('of the input names every wrong member, where it stands and what it must be', async () => {
    const { body: ofQuery } = await ops.get('/sessions', { query: { limit: 'x', since: 'y', other: 'z' } });
    const { body: ofBody } = await ops.post('/enrollment-keys', { fleet: 7, maxUses: 0, other: 1 });

    expect(ofQuery.errors).toEqual([
      { parameter: 'limit', detail: expect.any(String) },
      { parameter: 'since', detail: expect.any(String) },
      { parameter: 'other', detail: 'is not known here' },
    ]);
    expect(ofBody.errors).toEqual([
      { pointer: '#/fleet', detail: 'must be a text' },
      { pointer: '#/maxUses', detail: 'must be at least 1' },
      { pointer: '#/other', detail: 'is not known here' },
    ]);
  });

  it('of a method names the methods in Allow (RFC 9110 §15.5.6)', async () => {
    const allowed = async (method: string, path: string) => (await ops.call(method, path)).headers.Allow;

    expect(await allowed('PUT', '/enrollment-keys')).toBe('GET, POST');
    expect(await allowed('GET', `/sessions/${sessionId}/cancel`)).toBe('POST');
  });

  it('shows nothing of a name that could break a log or a page', async () => {
    const { body } = await ops.get('/sessions', { query: { '<b>\n': 'x' } });

    expect(body.errors).toEqual([{ parameter: ' b  ', detail: 'is not known here' }]);
  });
});

describe('a failure of the broker itself', () => {
  it('is a problem that says nothing of its cause, but what to look for', async () => {
    const secret = 'the-secret-in-the-message';
    const broken = makeOpsCaller(await dynalite.newTable(), (plane) => ({
      ...plane,
      readSession: () => Promise.reject(new Error(`connection to ${secret} failed`)),
    }));

    const { status, headers, body } = await broken.get('/sessions/any');

    expect([status, body.code, headers['Retry-After']]).toEqual([500, 'internal', '5']);
    expect(body.detail).toContain('look at the logs with this requestId');
    expect(JSON.stringify(body)).not.toContain(secret);
  });
});

describe('each type of problem', () => {
  it('can be brought about, but for the one that is the broker’s own fault', () => {
    const seen = new Set(CASES.map(([, , code]) => code));

    expect(Object.keys(PROBLEMS).filter((code) => !seen.has(code as keyof typeof PROBLEMS))).toEqual(['internal']);
  });
});
