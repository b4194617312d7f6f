import { describe, expect, it, onTestFinished } from 'vitest';
import { LOCAL_CREDENTIALS, startConsole } from '../../console/server/server.ts';
import { ask, codeOf, ownPost } from './support/raw-http.ts';
import { startWitnessApi } from './support/witness-api.ts';

async function open() {
  const api = await startWitnessApi();
  const running = await startConsole({ api: api.url, port: 0, region: 'us-east-1', credentials: LOCAL_CREDENTIALS });
  onTestFinished(() => running.close());
  return { api, url: running.url };
}

const CANCEL = '/api/sessions/abc/cancel';
const REASON = '{"reason":"test"}';

describe('who may use the console', () => {
  it('answers its own page by the name localhost too', async () => {
    const { url, api } = await open();
    const host = `localhost:${new URL(url).port}`;

    const answer = await ask(url, '/api/summary', { headers: { Host: host, 'Sec-Fetch-Site': 'same-origin' } });

    expect(answer.status).toBe(200);
    expect(api.seen).toHaveLength(1);
  });

  it.each(['attacker.example', '127.0.0.1', '127.0.0.1:1', 'localhost.attacker.example:80'])(
    'refuses the host name %j, which a rebound name would bring',
    async (host) => {
      const { url, api } = await open();

      for (const path of ['/', '/config.json', '/api/summary']) {
        const answer = await ask(url, path, { headers: { Host: host } });
        expect([path, answer.status]).toEqual([path, 403]);
      }

      expect(api.seen).toHaveLength(0);
    },
  );

  it.each(['cross-site', 'same-site'])('refuses data to a page that is %s', async (site) => {
    const { url, api } = await open();
    const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };

    for (const path of ['/api/summary', '/config.json', '/console.js']) {
      const answer = await ask(url, path, { headers });
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 403, 'foreign_page']);
    }

    expect(api.seen).toHaveLength(0);
  });

  it('opens for a link from elsewhere, as a page of its own', async () => {
    const { url } = await open();
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };

    expect((await ask(url, '/', { headers })).status).toBe(200);
    expect((await ask(url, '/', { headers: { ...headers, 'Sec-Fetch-Dest': 'iframe' } })).status).toBe(403);
    expect((await ask(url, '/api/sessions', { headers })).status).toBe(403);
  });

  it('takes an act of its own page', async () => {
    const { url, api } = await open();

    expect((await ask(url, CANCEL, ownPost(url, REASON))).status).toBe(200);
    expect(api.seen.map(({ body }) => body)).toEqual([REASON]);
  });

  it.each([
    ['another origin', { Origin: 'https://attacker.example', 'Content-Type': 'application/json' }],
    ['another port of this machine', { Origin: 'http://127.0.0.1:3000', 'Content-Type': 'application/json' }],
    ['a sandboxed frame', { Origin: 'null', 'Content-Type': 'application/json' }],
    ['no origin', { 'Content-Type': 'application/json' }],
  ])('refuses an act from %s', async (_, headers) => {
    const { url, api } = await open();

    const answer = await ask(url, CANCEL, { method: 'POST', headers, body: REASON });

    expect([answer.status, codeOf(answer)]).toEqual([403, 'foreign_page']);
    expect(api.seen).toHaveLength(0);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'refuses an act of the type %j, which a form can send',
    async (type) => {
      const { url, api } = await open();

      const answer = await ask(url, CANCEL, {
        method: 'POST',
        headers: { Origin: url, 'Content-Type': type },
        body: REASON,
      });

      expect([answer.status, codeOf(answer)]).toEqual([415, 'not_json']);
      expect(api.seen).toHaveLength(0);
    },
  );

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('knows no %s', async (method) => {
    const { url, api } = await open();

    expect((await ask(url, CANCEL, { method, headers: { Origin: url } })).status).toBe(405);
    expect(api.seen).toHaveLength(0);
  });

  it('allows no other page to read it', async () => {
    const { url } = await open();

    const answer = await ask(url, '/api/summary', { headers: { 'Sec-Fetch-Site': 'same-origin' } });

    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
  });
});
