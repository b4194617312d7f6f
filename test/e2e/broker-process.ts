/** Runs `npm start` as a person at a terminal does: as a process of its own that can be interrupted and killed. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerFile } from '../../local/broker-file.ts';
import type { ProjectCopy } from './project-copy.ts';

/** How a process ended. */
export interface Ending {
  /** null: a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A broker that is ready. */
export interface BrokerProcess {
  /** What its broker.json says. */
  readonly broker: BrokerFile;
  /** From the command to the quick start on the terminal. */
  readonly readyAfterMs: number;
  /** What it has printed so far. */
  output(): string;
  /** Ctrl-C: a terminal sends SIGINT to npm and to everything that npm started. */
  interrupt(): Promise<Ending>;
  /** A power cut: no process of it lives to do anything more. */
  kill(): Promise<void>;
}

interface Started {
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  readonly ended: Promise<Ending>;
}

/** The last line of what a start prints when all went well. */
const READY = /^The broker is ready:[\s\S]*\/sessions\n/m;
const MAX_START_MS = 60_000;

const running = new Set<ChildProcess>();

/**
 * Starts a broker and waits until it is ready.
 *
 * @param args options of the broker, such as `--ephemeral`
 * @throws Error with all that was printed when it ends instead
 */
export async function startBroker(project: ProjectCopy, args: readonly string[]): Promise<BrokerProcess> {
  const startedAtMs = performance.now();
  const { child, printed, ended } = npmStart(project, args);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!READY.test(printed.stdout)) {
    const tooLate = performance.now() - startedAtMs > MAX_START_MS;
    if (tooLate) signal(child, 'SIGKILL');
    if (tooLate || isOver) throw new Error(`The broker did not start:\n${printed.stdout}${printed.stderr}`);
    await sleep(20);
  }
  return {
    broker: JSON.parse(readFileSync(brokerFileOf(project, args), 'utf8')) as BrokerFile,
    readyAfterMs: performance.now() - startedAtMs,
    output: () => printed.stdout + printed.stderr,
    interrupt: async () => {
      signal(child, 'SIGINT');
      return ended;
    },
    kill: async () => {
      signal(child, 'SIGKILL');
      await ended;
    },
  };
}

/** Starts a broker that is expected to end by itself. */
export async function startToItsEnd(project: ProjectCopy, args: readonly string[]): Promise<Ending> {
  return npmStart(project, args).ended;
}

/** Ends whatever a failed test left behind. */
export function killAllBrokers(): void {
  for (const child of running) signal(child, 'SIGKILL');
}
process.once('exit', killAllBrokers);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    killAllBrokers();
    process.kill(process.pid, name);
  });
}

function npmStart(project: ProjectCopy, args: readonly string[]): Started {
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: project.path,
    env: environmentOfAPerson(project),
    // A process group of its own, as a shell gives to a command: signals reach all of it and nothing else.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text;
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      running.delete(child);
      resolve({ status, ...printed });
    });
  });
  return { child, printed, ended };
}

/** Without what the test runner and npm put into the environment of the tests. */
function environmentOfAPerson(project: ProjectCopy): NodeJS.ProcessEnv {
  const foreign = /^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|PORT$|AWS_|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), TMPDIR: project.temporaryFolder };
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    // The group has ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function brokerFileOf(project: ProjectCopy, args: readonly string[]): string {
  if (!args.includes('--ephemeral')) return join(project.dataFolder, 'broker.json');
  const folder = readdirSync(project.temporaryFolder).find((name) => name.startsWith('fleet-token-broker-'));
  return join(project.temporaryFolder, folder ?? '', 'broker.json');
}
