import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import type { Program } from './programs.ts';

/** What a run of ftb left: its exit status and its words. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that is still going on. */
export interface RunningFtb {
  readonly process: ChildProcess;
  readonly ended: Promise<Run>;
}

/** A device with a state folder of its own. */
export interface Device {
  readonly stateDir: string;
  readonly env: Record<string, string>;
  /** Runs ftb to its end. Fails the test when a secret is among its words. */
  run(...args: string[]): Promise<Run>;
  /** The same, of which only standard output may hold secrets. */
  runForSecrets(...args: string[]): Promise<Run>;
  start(...args: string[]): RunningFtb;
  /** A state file's content; undefined when there is none. */
  read(file: string): string | undefined;
  /** What `status --json` says. */
  status(): Promise<DeviceStatus>;
  /** Names and permissions (octal) of all that is stored. */
  permissions(): Record<string, string>;
}

/** What `status --json` prints. */
export interface DeviceStatus {
  readonly state: string;
  readonly api: string;
  readonly release: string | null;
  readonly registration: { readonly clientId: string; readonly secondsLeft: number } | null;
  readonly session: {
    readonly userCode: string;
    readonly verificationUri: string;
    readonly verificationUriComplete: string;
    readonly secondsLeft: number;
  } | null;
  readonly token: { readonly secondsLeft: number } | null;
  readonly credentials: { readonly accountId: string; readonly secondsLeft: number } | null;
}

export interface DeviceOptions {
  readonly api: string;
  readonly enrollmentKey?: string;
  /** What must not be among ftb's words. */
  readonly secrets?: readonly string[];
  /** A folder to share with another device. */
  readonly stateDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Sets a device up; its folder goes with the test. */
export function newDevice(ctx: TestContext, program: Program, options: DeviceOptions): Device {
  const home = mkdtempSync(join(tmpdir(), 'ftb-device-'));
  ctx.onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const stateDir = options.stateDir ?? join(home, 'state');
  const env: Record<string, string> = {
    PATH: program.path,
    HOME: home,
    FTB_API: options.api,
    FTB_STATE_DIR: stateDir,
    FTB_NAME: 'kiosk-7',
    ...(options.enrollmentKey === undefined ? {} : { FTB_ENROLLMENT_KEY: options.enrollmentKey }),
    ...options.env,
  };
  const start = (...args: string[]): RunningFtb => {
    const child = spawn(program.file, [...program.args, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    ctx.onTestFinished(() => void child.kill('SIGKILL'));
    return { process: child, ended: outcomeOf(child) };
  };
  const secrets = options.secrets ?? [];
  const runForSecrets = async (...args: string[]): Promise<Run> => {
    const run = await start(...args).ended;
    expectWithout(secrets, run.stderr);
    return run;
  };
  const run = async (...args: string[]): Promise<Run> => {
    const done = await runForSecrets(...args);
    expectWithout(secrets, done.stdout);
    return done;
  };
  const read = (file: string): string | undefined =>
    existsSync(join(stateDir, file)) ? readFileSync(join(stateDir, file), 'utf8') : undefined;
  return {
    stateDir,
    env,
    run,
    runForSecrets,
    start,
    read,
    status: async () => JSON.parse((await run('status', '--json')).stdout) as DeviceStatus,
    permissions: () =>
      Object.fromEntries(
        ['.', ...readdirSync(stateDir)].map((name) => [
          name,
          (statSync(join(stateDir, name)).mode & 0o777).toString(8),
        ]),
      ),
  };
}

function outcomeOf(child: ChildProcess): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

function expectWithout(secrets: readonly string[], text: string): void {
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
}
