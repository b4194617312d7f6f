/** Programs outside of the tests: run with an environment of their own, and found or not found. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

// A busy machine starts programs slowly; for the tests of who imports this.
vi.setConfig({ testTimeout: 120_000 });

/** What a program came to. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program to its end; one that cannot be started has code 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return startProgram(command, args, options).finished;
}

/** A program under way: what it has printed so far, and how it ends. */
export interface Running {
  output(): string;
  readonly finished: Promise<Finished>;
}

/** Starts a program. */
export function startProgram(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(command, args, { env: environment(options.env) });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const finished = new Promise<Finished>((resolve) => {
    child.once('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.once('close', (code) => resolve({ code, ...output }));
  });
  return { output: () => output.stdout + output.stderr, finished };
}

/** The test's own environment without anything of AWS in it. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && name !== 'NODE_OPTIONS');
  const pyenv = join(homedir(), '.pyenv');
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    // Its shims look in HOME, which tests set to a folder of their own.
    ...(existsSync(pyenv) ? { PYENV_ROOT: process.env.PYENV_ROOT ?? pyenv } : {}),
    AWS_EC2_METADATA_DISABLED: 'true',
    PYTHONWARNINGS: 'ignore',
    PYTHONUNBUFFERED: '1',
    ...more,
  };
}

/** The first line that a program prints about its version, or undefined when it is not there. */
export async function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  const { code, stdout, stderr } = await run(command, args);
  return code === 0 ? (stdout || stderr).trim().split('\n')[0] : undefined;
}
