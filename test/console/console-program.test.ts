import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startWitnessApi } from './support/witness-api.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/console.ts', import.meta.url));

/** A home without AWS settings, unless the test writes some. */
function homeWith(config = ''): string {
  const home = mkdtempSync(join(tmpdir(), 'console-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, 'config'), config);
  writeFileSync(join(home, 'credentials'), '');
  return home;
}

function start(home: string, ...args: string[]): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for the program's end. */
async function run(home: string, ...args: string[]) {
  const child = start(home, ...args);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (text) => {
    out += text;
  });
  child.stderr?.on('data', (text) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, out, err };
}

describe('npm run console', () => {
  it('opens on a local broker and stops when told', async () => {
    const api = await startWitnessApi();
    const child = start(homeWith(), '--api', api.url, '--port', '0');
    onTestFinished(() => void child.kill('SIGKILL'));

    const line = await new Promise<string>((resolve) => child.stdout?.once('data', (text) => resolve(String(text))));
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0] ?? '';
    const page = await fetch(url);
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('close', resolve));

    expect(line).toMatch(/signs as local for .* \(us-east-1\)/);
    expect(page.status).toBe(200);
    expect(code).toBe(0);
  });

  it('signs with the profile that it is told', async () => {
    const api = await startWitnessApi({ status: 403, body: '{"message":"no"}' });
    const home = homeWith('[profile ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = secret\n');

    const { code, err } = await run(home, '--api', api.url, '--profile', 'ops');

    expect(api.seen[0]?.message.headers.authorization).toMatch(/Credential=AKIDOPS\//);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^Your AWS identity needs the permission .* AWS says: no\n$/),
    ]);
  });

  it.each([
    [
      ['--api', 'https://x.execute-api.eu-west-1.amazonaws.com/v1', '--profile', 'nobody'],
      /^The AWS profile "nobody" .*\n$/,
    ],
    [['--api', 'http://127.0.0.1:9'], /^Nothing answers at http:\/\/127\.0\.0\.1:9\b.*\n$/],
    [[], /^Name the broker's API with --api <address>\.\n\n.*npm run console/],
  ])('gives up with one sentence: %j', async (args, sentence) => {
    const { code, out, err } = await run(homeWith(), ...args);

    expect(err).toMatch(sentence);
    expect([code, out]).toEqual([1, '']);
  });

  it('says so when its port is taken', async () => {
    const api = await startWitnessApi();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;

    const { code, err } = await run(homeWith(), '--api', api.url, '--port', String(port));

    expect([code, err]).toEqual([
      1,
      `Port ${port} is in use: stop what listens there, or choose another with --port.\n`,
    ]);
  });
});
