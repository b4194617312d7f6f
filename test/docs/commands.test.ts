/** Runs blocks of commands of the docs as they stand there, and holds every other block to saying who does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokerProcess, killAllBrokers, startBroker } from '../e2e/broker-process.ts';
import { decide } from '../e2e/device.ts';
import { freePort } from '../e2e/free-ports.ts';
import { copyProject } from '../e2e/project-copy.ts';
import { continueToAws } from '../support/browser.ts';
import { RUN_BY } from './commands.ts';
import { commandBlocksOf, markdownFiles, PROJECT, read } from './markdown.ts';
import { wrongWithTest } from './named-tests.ts';

const blocks = markdownFiles().flatMap((file) => commandBlocksOf(read(file)).map((block) => ({ file, ...block })));

describe('every block of commands', () => {
  it('says which test runs it, or what it needs that no test has', () => {
    const silent = blocks.filter(({ run, needs }) => run === undefined && needs === undefined);

    expect(blocks.length).toBeGreaterThan(20);
    expect(silent.map(({ file, line }) => `${file}:${line}`)).toEqual([]);
  });

  it('that a test runs is listed with it, and nothing else is', () => {
    const named = blocks.flatMap(({ run }) => (run === undefined ? [] : [run]));

    expect([...new Set(named)].toSorted()).toEqual(Object.keys(RUN_BY).toSorted());
  });

  it.each(Object.entries(RUN_BY))('named %s has a test that is there', (_, [file, name]) => {
    expect(wrongWithTest(file, name)).toBeUndefined();
  });

  it('is taken for silent when its marker is that of another block', () => {
    const text =
      '<!-- run: one -->\n\n```sh\na\n```\n\n```sh\nb\n```\n\n1. x\n\n   <!-- needs: two -->\n\n   ```sh\n   c\n   ```\n';

    expect(commandBlocksOf(text)).toEqual([
      { line: 3, text: 'a\n', run: 'one' },
      { line: 7, text: 'b\n' },
      { line: 15, text: 'c\n', needs: 'two' },
    ]);
  });
});

/** The lines of the block with this marker. */
function linesOf(name: string): string {
  const block = blocks.find(({ run }) => run === name);
  if (block === undefined) throw new Error(`no document has a block of commands that is marked run: ${name}`);
  return block.text;
}

/** Starts a shell, as a person would in the project's folder. */
function shell(script: string, folder: string) {
  const foreign = /^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|FTB_|AWS_|TEST$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const child = spawn('sh', ['-eu', '-c', script], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { ended, output: () => output, stop: () => stop(child) };
}

/** Ends the shell and what it started. */
function stop({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGTERM');
}

const PATIENCE = { timeout: 30_000, interval: 200 };

const isHere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

it('a test file can be run by itself', { timeout: 120_000 }, async () => {
  const run = shell(linesOf('one-test-file'), PROJECT);

  expect(await run.ended, run.output()).toBe(0);
});

describe.skipIf(!isHere('curl'))('on a running broker', () => {
  const project = copyProject();
  let running: BrokerProcess;

  beforeAll(async () => {
    running = await startBroker(project, ['--port', String(await freePort())]);
  }, 90_000);
  afterAll(() => {
    killAllBrokers();
    project.remove();
  });

  it('a device signs in by the lines of docs/devices.md', { timeout: 180_000 }, async ({ onTestFinished }) => {
    const credentials = linesOf('device-credentials').split('\n');
    const runnable = credentials.filter((line) => isHere('aws') || !/\baws configure\b/.test(line));
    const device = shell(`${linesOf('try-a-device')}\n${runnable.join('\n')}`, project.path);
    onTestFinished(device.stop);

    const link = () => /http:\S+user_code=[A-Z]{4}-[A-Z]{4}/.exec(device.output())?.[0] ?? '';
    await expect.poll(link, PATIENCE).not.toBe('');
    await decide(running.broker.identityCenter, 'approve', { userCode: await continueToAws(link()) });

    expect(await device.ended, device.output()).toBe(0);
    expect(device.output()).toMatch(/"AccessKeyId": ?"ASIA/);
  });

  it('the events of a session are read by the line of docs/events.md', async ({ onTestFinished }) => {
    const tail = shell(linesOf('local-events'), project.path);
    onTestFinished(tail.stop);

    await expect.poll(tail.output, PATIENCE).toMatch(/^\{.*"SessionClaimed".*\}$/m);
  });
});
