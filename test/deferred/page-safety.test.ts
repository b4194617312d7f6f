import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeWholeBroker } from '../support/whole-broker.ts';
import { makeVisitor, type Page, type VisitorOptions } from './visitor.ts';

async function setUp(options: VisitorOptions = {}) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time });
  const device = await broker.start('kiosks');
  const visitor = makeVisitor(broker, options);
  return { time, broker, device, visitor, userCode: device.userCode, stored: () => broker.stored(device.sessionId) };
}

/** The pages of every kind, each with its name. */
async function everyPage(): Promise<[string, Page][]> {
  const { broker, visitor, userCode, time } = await setUp();
  const pages: [string, Page][] = [
    ['the form', await visitor.get()],
    ['who is asking', await visitor.get(userCode)],
    ['no such code', await visitor.get('ZZZZ-ZZZZ')],
    ['a foreign form', await visitor.post({ do: 'continue', user_code: userCode })],
    ['on to AWS', await visitor.press('continue', userCode)],
  ];
  time.advanceSeconds(580);
  pages.push(['a moment', await visitor.press('continue', userCode)]);
  pages.push(['refused', await visitor.press('not_mine', userCode)]);
  pages.push(['settled', await visitor.get(userCode)]);
  const other = makeVisitor(broker, { sourceIp: '203.0.113.66' });
  for (let guess = 0; guess < 20; guess += 1) await other.get('ZZZZ-ZZZZ');
  pages.push(['too many codes', await other.get(userCode)]);
  broker.sessions.read = () => Promise.reject(new Error('the table is gone'));
  pages.push(['broken', await visitor.get(userCode)]);
  return pages;
}

describe('a form that was not opened here (RFC 6749 §10.12, RFC 9700 §4.7)', () => {
  it.each(['continue', 'not_mine', 'find'])('does not %s without the page’s cookie', async (act) => {
    const { broker, visitor, userCode, stored } = await setUp();
    const { csrfToken } = await visitor.get(userCode);
    visitor.forgetCookie();

    const page = await visitor.post({ do: act, user_code: userCode, csrf_token: csrfToken });

    expect(page.status).toBe(403);
    expect(page.text).toContain('This form was not opened here, or has been open too long. Type the code again.');
    expect((await stored()).phase).toBe('awaiting_operator');
    expect(broker.upstream.calls).toEqual([]);
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['another one', 'A'.repeat(43)],
    ['one of another length', 'A'],
  ])('does nothing with the cookie and %s as its token', async (_, csrfToken) => {
    const { visitor, userCode, stored } = await setUp();
    await visitor.get(userCode);

    const page = await visitor.post({
      do: 'continue',
      user_code: userCode,
      ...(csrfToken !== undefined && { csrf_token: csrfToken }),
    });

    expect(page.status).toBe(403);
    expect((await stored()).phase).toBe('awaiting_operator');
  });

  it('does nothing with a cookie that could not be ours, whatever its token', async () => {
    const { visitor, userCode, stored } = await setUp();

    const page = await visitor.post(
      { do: 'continue', user_code: userCode, csrf_token: 'x' },
      { Cookie: 'ftb_activation=x' },
    );

    expect(page.status).toBe(403);
    expect((await stored()).phase).toBe('awaiting_operator');
  });

  it.each(['cross-site', 'same-site'])('does nothing when the browser says that it comes %s', async (site) => {
    const { visitor, userCode, stored } = await setUp();
    const { csrfToken } = await visitor.get(userCode);

    const fields = { do: 'continue', user_code: userCode, csrf_token: csrfToken };
    const page = await visitor.post(fields, { 'Sec-Fetch-Site': site });

    expect(page.status).toBe(403);
    expect((await stored()).phase).toBe('awaiting_operator');
    expect((await visitor.post(fields, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(303);
  });

  it('shows a form of ours, with which the person goes on', async () => {
    const { visitor, userCode } = await setUp();
    const refused = await visitor.post({ do: 'continue', user_code: userCode });

    const page = await visitor.post({ do: 'find', user_code: userCode, csrf_token: refused.csrfToken });

    expect(page.text).toContain('Is this your device?');
  });
});

describe('a form of ours', () => {
  it('has a token that nobody can guess, and another for each browser', async () => {
    const { broker, visitor } = await setUp();
    const other = makeVisitor(broker, { sourceIp: '203.0.113.9' });

    const tokens = [(await visitor.get()).csrfToken, (await other.get()).csrfToken];

    expect(tokens.every((token) => Buffer.from(token, 'base64url').length === 32)).toBe(true);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('goes on working in one tab while codes are opened in others', async () => {
    const { broker, visitor, userCode } = await setUp();
    const first = await visitor.get(userCode);
    const { userCode: other } = await broker.start('kiosks');
    const second = await visitor.get(other);
    await visitor.get();

    for (const [code, { csrfToken }] of [
      [userCode, first],
      [other, second],
    ] as const) {
      expect((await visitor.post({ do: 'continue', user_code: code, csrf_token: csrfToken })).status).toBe(303);
    }
  });

  it('has a cookie for this page alone, out of scripts’ reach, which a link brings along and a foreign form does not', async () => {
    const { visitor } = await setUp();

    const [pair, ...attributes] = ((await visitor.get()).headers['Set-Cookie'] ?? '').split('; ');

    expect(pair).toMatch(/^ftb_activation=[\w-]{43}$/);
    expect(attributes).toEqual(['Path=/v1/activate', 'HttpOnly', 'SameSite=Lax', 'Max-Age=3600', 'Secure']);
  });

  it('has a cookie without Secure only where the gateway itself says plain http', async () => {
    const { visitor } = await setUp({ headers: { 'X-Forwarded-Proto': 'http' } });

    expect((await visitor.get()).headers['Set-Cookie']).not.toContain('Secure');
  });
});

describe('every page', () => {
  it('may be framed by nobody, loads and runs nothing, and tells nobody where the person was', async () => {
    for (const [name, { headers, html }] of await everyPage()) {
      const policy = headers['Content-Security-Policy'] ?? '';
      const directives = policy.split('; ').map((directive) => directive.split(' ')[0]);
      expect([name, directives]).toEqual([
        name,
        ['default-src', 'style-src', 'form-action', 'frame-ancestors', 'base-uri'],
      ]);
      expect([name, policy]).toEqual([
        name,
        expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'.*base-uri 'none'/),
      ]);
      expect([name, policy]).toEqual([name, expect.not.stringContaining('unsafe')]);
      expect([name, headers]).toEqual([
        name,
        expect.objectContaining({
          'Content-Type': 'text/html; charset=utf-8',
          'X-Frame-Options': 'DENY',
          'X-Content-Type-Options': 'nosniff',
          'Referrer-Policy': 'no-referrer',
          'Cache-Control': 'no-store',
        }),
      ]);
      expect([name, html]).toEqual([name, expect.not.stringMatching(/<script|javascript:|\son\w+=|src=|<link/i)]);
    }
  });

  it('has only the style that its policy allows', async () => {
    for (const [name, { headers, html }] of await everyPage()) {
      const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      expect([name, headers['Content-Security-Policy']]).toEqual([name, expect.stringContaining(`'sha256-${hash}'`)]);
      expect([name, html]).toEqual([name, expect.not.stringContaining('style=')]);
    }
  });

  it('is written for people: nothing of the machine shows through', async () => {
    for (const [name, { text }] of await everyPage()) {
      expect([name, text]).toEqual([name, expect.not.stringMatching(/undefined|null|\[object|NaN|awaiting_operator/)]);
    }
  });
});
