import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { useRunningBroker } from '../support/running-broker.ts';

const MEGABYTE = 1024 * 1024;

describe('what is no proper request, at a running broker', { timeout: 30_000 }, () => {
  const running = useRunningBroker();

  /** Sends bytes as they are. @returns status and body; the body of an answer that was cut off is what came of it */
  async function sendBytes(bytes: string | Buffer): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(running.broker().api);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(bytes);
    const answer = await text(socket);
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), body: answer.split('\r\n\r\n')[1] ?? '' };
  }

  const head = (line: string, ...headers: string[]): string =>
    [line, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', ''].join('\r\n');

  it.each([
    ['bytes that are no HTTP', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x0d, 0x0a, 0x0d, 0x0a])],
    ['a NUL in the path', head('POST /tok\0en HTTP/1.1')],
    ['raw UTF-8 in the path', Buffer.from(head('POST /e/ключ/token HTTP/1.1'))],
    [
      'a path with a host before it',
      head('POST http://elsewhere.example/token HTTP/1.1', 'Content-Length: 2').concat('{}'),
    ],
    ['an asterisk for a path', head('OPTIONS * HTTP/1.1')],
    ['dots that lead out', head('GET /../../etc/passwd HTTP/1.1')],
    ['broken percent-encoding', head('GET /e/%E0%A4/token HTTP/1.1')],
    ['a header of 100 KB', head('POST /token HTTP/1.1', `X-Long: ${'x'.repeat(100_000)}`)],
    ['a header without a colon', head('POST /token HTTP/1.1', 'no colon here')],
    ['two different lengths', head('POST /token HTTP/1.1', 'Content-Length: 2', 'Content-Length: 5').concat('{}xyz')],
    [
      'a length and chunks',
      head('POST /token HTTP/1.1', 'Content-Length: 2', 'Transfer-Encoding: chunked').concat('0\r\n\r\n'),
    ],
    ['a chunk that is none', head('POST /token HTTP/1.1', 'Transfer-Encoding: chunked').concat('zz\r\n{}\r\n')],
    ['a negative length', head('POST /token HTTP/1.1', 'Content-Length: -1')],
    ['a method that nobody knows', head('BREW /token HTTP/1.1')],
  ])('%s is refused in JSON', async (_what, bytes) => {
    const { status, body } = await sendBytes(bytes);

    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.parse(body)).toMatchObject({ error: expect.any(String), message: expect.any(String) });
  });

  it.each(['/token', '/register', '/device_authorization', '/revoke', '/activate'])(
    '10 MB are refused at %s within a second, and so is a megabyte of one parameter',
    async (path) => {
      for (const body of ['x'.repeat(10 * MEGABYTE), `client_id=${'%'.repeat(MEGABYTE)}`, '['.repeat(MEGABYTE)]) {
        const beganAt = performance.now();
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
        const answer = await fetch(`${running.broker().api}${path}`, { method: 'POST', headers, body });
        await answer.text();

        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(performance.now() - beganAt).toBeLessThan(2_000);
      }
    },
  );

  it('bodies that trickle in keep nobody else waiting', async () => {
    const { hostname, port } = new URL(running.broker().api);
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(head('POST /token HTTP/1.1', 'Content-Length: 1000'));
      return socket;
    });
    const trickle = setInterval(() => {
      for (const socket of slow) socket.write('x');
    }, 50);
    const beganAt = performance.now();
    const session = await running.start('local');
    const answer = await running.poll(session);
    const tookMs = performance.now() - beganAt;
    clearInterval(trickle);
    for (const socket of slow) socket.destroy();

    expect(answer.body.error).toBe('authorization_pending');
    expect(tookMs).toBeLessThan(5_000);
  });

  it('an id that is no Unicode text is the id of nothing', async () => {
    const body = '{"clientId":"\\ud800","clientSecret":"\\udfff","grantType":"refresh_token","refreshToken":"\\ud800"}';
    const answer = await fetch(`${running.broker().api}/token`, { method: 'POST', body });

    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
  });
});
