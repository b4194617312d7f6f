import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerFile } from '../../local/broker-file.ts';
import { approve, askForToken, phaseOf, until, waitingDevice } from './local-device.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the program, so that its files can be broken and its folder is its own. */
const copy = mkdtempSync(join(tmpdir(), 'program-'));
const started = new Set<ChildProcess>();

beforeAll(() => {
  for (const name of ['bin', 'lib', 'lambda', 'local', 'console', 'cdk.json', 'package.json']) {
    cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
  rmSync(join(copy, '.local'), { recursive: true, force: true });
});
afterAll(() => rmSync(copy, { recursive: true }));

/** A run of the program. */
interface Run {
  readonly child: ChildProcess;
  /** What it printed so far, on both channels. */
  readonly printed: () => string;
  readonly exitCode: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [join(copy, 'bin', 'local.ts'), ...args], { cwd: copy });
  started.add(child);
  let printed = '';
  const exitCode = Promise.withResolvers<number | null>();
  for (const channel of [child.stdout, child.stderr]) channel.on('data', (chunk) => (printed += String(chunk)));
  child.on('close', (code) => exitCode.resolve(code));
  return { child, printed: () => printed, exitCode: exitCode.promise };
}

/** Two neighbouring ports that are free now. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = await listening(0);
    const { port } = first.address() as AddressInfo;
    const second = await listening(port + 1).catch(() => undefined);
    first.close();
    second?.close();
    if (second !== undefined) return port;
  }
}

function listening(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const ready = (program: Run): Promise<void> => until(() => program.printed().includes('The broker is ready'));

const brokerFile = (): BrokerFile => JSON.parse(readFileSync(join(copy, '.local', 'broker.json'), 'utf8'));

describe('npm start', () => {
  it('is ready within 15 seconds, and ends with 0 when it is told to', async () => {
    const before = performance.now();
    const program = run('--port', String(await freePorts()));
    await ready(program);
    expect(performance.now() - before).toBeLessThan(15_000);

    program.child.kill('SIGTERM');

    expect(await program.exitCode).toBe(0);
    expect(program.printed()).not.toMatch(/error|warning/i);
  });

  it('ends with 0 also when it is told to more than once, or before it is ready', async () => {
    const program = run('--port', '0', '--ephemeral');
    await until(() => program.printed().includes('Starting the broker'));
    program.child.kill('SIGINT');
    program.child.kill('SIGTERM');
    await ready(program);
    program.child.kill('SIGINT');

    expect(await program.exitCode).toBe(0);
  });

  it('starts again after it was killed, and goes on polling what was pending', async () => {
    const port = String(await freePorts());
    const first = run('--port', port);
    await ready(first);
    const before = brokerFile();
    const device = await waitingDevice(before, 'kiosk-1');
    first.child.kill('SIGKILL');
    await first.exitCode;

    const second = run('--port', port);
    await ready(second);
    const after = brokerFile();
    await approve(after, device);
    await until(async () => (await phaseOf(after, device)) === 'authorized');

    expect(after.deviceEndpoint).toBe(before.deviceEndpoint);
    expect((await askForToken(after, device)).status).toBe(200);
  });

  it('helps', async () => {
    const program = run('--help');

    expect(await program.exitCode).toBe(0);
    expect(program.printed()).toContain('--ephemeral');
  });
});

describe('a start that cannot be', () => {
  /** Runs the program to its end, which must be 1 and without a stack. */
  async function sentenceOf(...args: string[]): Promise<string> {
    const program = run(...args);
    expect(await program.exitCode).toBe(1);
    const sentence = program.printed().replace('Starting the broker …\n', '');
    expect(sentence).not.toMatch(/^\s+at /m);
    return sentence;
  }

  it.each([
    ['the API', 0],
    ['Identity Center', 1],
  ])('says when the port of %s is in use', async (what, offset) => {
    const port = await freePorts();
    const taken = await listening(port + offset);
    const sentence = await sentenceOf('--port', String(port));
    taken.close();

    expect(sentence).toMatch(new RegExp(`^Port ${port + offset} of ${what} is in use: .*--port.*\\.\\n$`));
  });

  it('says when the folder cannot be written', async () => {
    writeFileSync(join(copy, '.local'), 'a file');

    expect(await sentenceOf('--port', '0')).toMatch(/^The folder \S+\.local cannot be written \(.*\): .*\.\n$/);
  });

  it('says when another broker holds the folder', async () => {
    const first = run('--port', '0');
    await ready(first);

    expect(await sentenceOf('--port', '0')).toMatch(/^Another broker is running on \S+: .*\.\n$/);
  });

  it('says when the table in the folder is broken', async () => {
    mkdirSync(join(copy, '.local'));
    writeFileSync(join(copy, '.local', 'table'), 'a file');

    expect(await sentenceOf('--port', '0')).toMatch(/^The table in \S+ cannot be opened .* delete the folder .*\.\n$/);
  });

  it('says when cdk.json is not JSON', async () => {
    const whole = readFileSync(join(copy, 'cdk.json'), 'utf8');
    writeFileSync(join(copy, 'cdk.json'), whole.slice(0, -20));
    const sentence = await sentenceOf('--port', '0');
    writeFileSync(join(copy, 'cdk.json'), whole);

    expect(sentence).toMatch(/^cdk\.json cannot be read: .*\n$/);
  });

  it('says what is wrong in the configuration, a sentence for each field', async () => {
    const whole = readFileSync(join(copy, 'cdk.json'), 'utf8');
    const broken = JSON.parse(whole);
    broken.context.broker = { fleets: { kiosks: { startUrl: 'foo', region: 'nowhere' } } };
    writeFileSync(join(copy, 'cdk.json'), JSON.stringify(broken));
    const sentences = await sentenceOf('--port', '0');
    writeFileSync(join(copy, 'cdk.json'), whole);

    expect(sentences.trim().split('\n')).toHaveLength(2);
    expect(sentences).toContain('broker.fleets.kiosks.startUrl');
    expect(sentences).toContain('broker.fleets.kiosks.region');
  });

  it('shows the help for a flag that it does not know', async () => {
    const text = await sentenceOf('--prot', '1');

    expect(text).toMatch(/^Unknown option '--prot'\.\n\nRuns the whole broker/);
  });
});
