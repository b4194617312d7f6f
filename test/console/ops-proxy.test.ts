import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConsoleOptions, LOCAL_CREDENTIALS, startConsole } from '../../console/server/server.ts';
import { ask, codeOf, detailOf, ownPost } from './support/raw-http.ts';
import { scopeOfValidSignature } from './support/signature.ts';
import { type ScriptedAnswer, startWitnessApi } from './support/witness-api.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not a real secret', sessionToken: 'token+/=' };

async function open(scripted: ScriptedAnswer = {}, options: Partial<ConsoleOptions> = {}) {
  const api = await startWitnessApi(scripted);
  const running = await startConsole({
    api: `${api.url}/v1`,
    port: 0,
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    ...options,
  });
  onTestFinished(() => running.close());
  return { api, url: running.url };
}

describe('calls of the ops API', () => {
  it('are signed for execute-api in the region of the API, stage and query included', async () => {
    const { api, url } = await open();

    await ask(url, '/api/sessions?phase=pending&cursor=a%2Bb%20c%2F%3D&fleet=k%C3%B6ln%20(2)*');

    const [{ message, body } = expect.fail('nothing arrived')] = api.seen;
    expect(message.url).toMatch(/^\/v1\/sessions\?/);
    expect(Object.fromEntries(new URLSearchParams(message.url?.split('?')[1]))).toEqual({
      phase: 'pending',
      cursor: 'a+b c/=',
      fleet: 'köln (2)*',
    });
    expect(scopeOfValidSignature(message, body, CREDENTIALS.secretAccessKey)).toMatch(
      /^\d{8}\/eu-central-1\/execute-api\/aws4_request$/,
    );
    expect(message.headers['x-amz-security-token']).toBe(CREDENTIALS.sessionToken);
  });

  it('carry the body of an act under the signature', async () => {
    const { api, url } = await open();
    const body = '{"reason":"stolen, 2 ❤ keys"}';

    await ask(url, '/api/clients/abc_-9/lock', ownPost(url, body));

    const [{ message, body: arrived } = expect.fail('nothing arrived')] = api.seen;
    expect([message.method, message.url, arrived]).toEqual(['POST', '/v1/clients/abc_-9/lock', body]);
    expect(scopeOfValidSignature(message, arrived, CREDENTIALS.secretAccessKey)).toBeDefined();
    expect(scopeOfValidSignature(message, `${arrived} `, CREDENTIALS.secretAccessKey)).toBeUndefined();
  });

  it('tell the API nothing of the browser', async () => {
    const { api, url } = await open();

    await ask(url, '/api/summary', { headers: { Cookie: 'a=b', Referer: `${url}/x`, 'X-Forwarded-For': '1.2.3.4' } });

    const headers = api.seen[0]?.message.headers ?? {};
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('referer');
    expect(headers).not.toHaveProperty('x-forwarded-for');
  });

  it('hand entity tags through both ways', async () => {
    const { api, url } = await open({ headers: { 'Content-Type': 'application/json', ETag: 'W/"one"' } });

    const first = await ask(url, '/api/summary');
    api.answer = { status: 304, headers: { ETag: 'W/"one"' } };
    const second = await ask(url, '/api/summary', { headers: { 'If-None-Match': 'W/"one"' } });

    expect(first.headers.etag).toBe('W/"one"');
    expect(api.seen[1]?.message.headers['if-none-match']).toBe('W/"one"');
    expect([second.status, second.body]).toEqual([304, '']);
  });

  it("hand the broker's own problems through", async () => {
    const problem = { title: 'Conflict', status: 409, detail: 'This session is denied.', code: 'already_settled' };
    const { url } = await open({
      status: 409,
      headers: { 'Content-Type': 'application/problem+json' },
      body: JSON.stringify(problem),
    });

    const answer = await ask(url, '/api/sessions/abc/cancel', ownPost(url, '{"reason":"x"}'));

    expect([answer.status, JSON.parse(answer.body)]).toEqual([409, problem]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    '/api/token',
    '/api/sessions/abc/cancel',
    '/api/sessions/../token',
    '/api/sessions/%2e%2e/token',
    '/api//sessions',
    '/api/clients/a/b',
    '/api/e/key/token',
    '/api/',
  ])('are not made for GET %s', async (path) => {
    const { api, url } = await open();

    const answer = await ask(url, path);

    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_proxied']);
    expect(api.seen).toHaveLength(0);
  });

  it.each(['/api/sessions', '/api/summary', '/api/clients/a', '/api/token', '/api/enrollment-keys/a/unlock'])(
    'are not made for POST %s',
    async (path) => {
      const { api, url } = await open();

      expect((await ask(url, path, ownPost(url, '{}'))).status).toBe(404);
      expect(api.seen).toHaveLength(0);
    },
  );

  it('are not made with a body that no act needs', async () => {
    const { api, url } = await open();

    const answer = await ask(url, '/api/enrollment-keys', ownPost(url, `"${'x'.repeat(20_000)}"`));

    expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large']);
    expect(api.seen).toHaveLength(0);
  });
});

describe('what is said when a call does not get through', () => {
  it('names the permission when AWS refuses', async () => {
    const { url } = await open({
      status: 403,
      body: '{"Message":"User: arn:aws:iam::1:user/x is not authorized to perform: execute-api:Invoke"}',
    });

    const answer = await ask(url, '/api/summary');

    expect([answer.status, codeOf(answer)]).toEqual([403, 'not_allowed']);
    expect(detailOf(answer)).toMatch(/needs the permission execute-api:Invoke.*AWS says: User: arn/);
  });

  it('asks to sign in again when the credentials are over', async () => {
    const { url } = await open({
      status: 403,
      body: '{"message":"The security token included in the request is expired"}',
    });

    expect(codeOf(await ask(url, '/api/summary'))).toBe('credentials_expired');
  });

  it('says that an address is no broker', async () => {
    const { url } = await open({ status: 404, headers: { 'Content-Type': 'text/html' }, body: '<h1>?</h1>' });

    const answer = await ask(url, '/api/summary');

    expect([answer.status, codeOf(answer)]).toEqual([404, 'no_broker']);
    expect(detailOf(answer)).toMatch(/with the stage/);
  });

  it('says where nothing answers', async () => {
    const { url } = await open({}, { api: 'http://127.0.0.1:9' });

    const answer = await ask(url, '/api/summary');

    expect([answer.status, codeOf(answer)]).toEqual([502, 'api_unreachable']);
    expect(detailOf(answer)).toMatch(/^Nothing answers at http:\/\/127\.0\.0\.1:9\b.*Check/);
  });

  it('says why there are no credentials, and makes no call', async () => {
    const { api, url } = await open(
      {},
      {
        credentials: () => Promise.reject(new Error('secret path /home/x')),
        explainCredentials: () => 'Run "aws sso login" and try again.',
      },
    );

    const answer = await ask(url, '/api/summary');

    expect([answer.status, codeOf(answer), detailOf(answer)]).toEqual([
      502,
      'no_credentials',
      'Run "aws sso login" and try again.',
    ]);
    expect(api.seen).toHaveLength(0);
  });

  it('passes on a page of a proxy in between as a failure, not as data', async () => {
    const { url } = await open({ status: 503, headers: { 'Content-Type': 'text/html' }, body: '<h1>busy</h1>' });

    const answer = await ask(url, '/api/summary');

    expect([answer.status, codeOf(answer)]).toEqual([503, 'gateway_failed']);
  });
});

describe('what the console itself answers', () => {
  it('tells the page which broker it is on, and no credentials', async () => {
    const { url, api } = await open({}, { identity: 'ops' });

    const { body } = await ask(url, '/config.json');

    expect(JSON.parse(body)).toEqual({
      api: `${api.url}/v1`,
      region: 'eu-central-1',
      identity: 'ops',
      events: false,
      metrics: false,
    });
  });

  it('offers the events of one session where they are at hand', async () => {
    const events = [{ timestamp: '2026-01-01T00:00:00.000Z', phase: 'pending' }];
    const { url } = await open({}, { events: (id) => (id === 'abc' ? events : []) });

    expect(JSON.parse((await ask(url, '/events?sessionId=abc')).body)).toEqual({ events });
    expect(JSON.parse((await ask(url, '/events?sessionId=other')).body)).toEqual({ events: [] });
  });

  it('has no events where there are none to be had', async () => {
    const { url } = await open({}, { credentials: LOCAL_CREDENTIALS });

    expect((await ask(url, '/events?sessionId=abc')).status).toBe(404);
  });

  it('answers a failure of its own with a problem, and names it in the log', async () => {
    const lines: string[] = [];
    const { url } = await open(
      {},
      { events: () => Promise.reject(new Error('broken')), log: (line) => lines.push(line) },
    );

    const answer = await ask(url, '/events?sessionId=abc');

    expect([answer.status, codeOf(answer)]).toEqual([500, 'console_failed']);
    expect(lines).toEqual(['The console failed: broken']);
  });
});
