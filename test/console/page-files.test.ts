import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildPage } from '../../console/server/page-files.ts';
import { LOCAL_CREDENTIALS, startConsole } from '../../console/server/server.ts';
import { ask } from './support/raw-http.ts';

const MAX_GZIPPED_BYTES = 40_000;

const files = buildPage();
const textOf = (path: string): string => Buffer.from(files.get(path)?.body ?? []).toString();

async function open(): Promise<string> {
  const options = { api: 'http://127.0.0.1:9', port: 0, region: 'us-east-1', credentials: LOCAL_CREDENTIALS };
  const running = await startConsole(options);
  onTestFinished(() => running.close());
  return running.url;
}

describe('the page', () => {
  it('is under 40 kB gzipped, everything together', () => {
    const sizes = [...files.values()].map(({ body }) => gzipSync(body, { level: 9 }).length);

    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_GZIPPED_BYTES);
  });

  it('refers to nothing elsewhere', () => {
    // An XML namespace is a name, not an address that is fetched.
    const addresses = [...files.keys()].flatMap((path) => textOf(path).match(/https?:\/\/[^"'`\s)]+/g) ?? []);

    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(textOf('/').match(/(?:src|href)="[^"]*"/g)).toEqual([
      'href="/icon.svg"',
      'href="/console.css"',
      'src="/console.js"',
    ]);
  });

  it('has no inline script or style, and evaluates no text', () => {
    expect(textOf('/')).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=/);
    expect(textOf('/console.js')).not.toMatch(/\beval\(|new Function\(|document\.write/);
  });

  it('is served under a policy that allows its own files alone', async () => {
    const answer = await ask(await open(), '/');

    const policy = String(answer.headers['content-security-policy']).split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("style-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    });
  });

  it('puts that policy on every answer, failures included', async () => {
    const url = await open();

    for (const path of ['/console.js', '/nothing', '/api/summary', '/config.json']) {
      const { headers } = await ask(url, path);
      expect([path, headers['content-security-policy']]).toEqual([path, expect.stringContaining("default-src 'none'")]);
    }
  });

  it('is not sent again while it has not changed', async () => {
    const url = await open();
    const { headers } = await ask(url, '/console.js');

    const again = await ask(url, '/console.js', { headers: { 'If-None-Match': String(headers.etag) } });

    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('is the only thing at its address: other paths are not found', async () => {
    const url = await open();

    for (const path of ['/index.html', '/../package.json', '/console.js/x', '/favicon.ico']) {
      expect([path, (await ask(url, path)).status]).toEqual([path, 404]);
    }
  });
});
