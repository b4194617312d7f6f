/** A running local broker of one way to authenticate devices, and a person who approves. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { type LocalBroker, type LocalBrokerOptions, startLocalBroker } from '../../local/broker.ts';
import { quickStart } from '../../local/quick-start.ts';
import { whereIs } from '../device/programs.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** One broker for the test file. */
export function useLocalBroker(options: () => Promise<Partial<LocalBrokerOptions>> | Partial<LocalBrokerOptions>) {
  let started: LocalBroker | undefined;
  beforeAll(async () => {
    started = await startLocalBroker({ port: 0, ephemeral: true, ...(await options()) });
  });
  afterAll(() => started?.close());
  return (): LocalBroker => {
    if (started === undefined) throw new Error('The broker is not running yet: call this inside a test.');
    return started;
  };
}

/** Runs a line of a POSIX shell in the project's folder. @returns what it printed */
export async function shell(line: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await run('sh', ['-c', line], { cwd: PROJECT, env: { ...process.env, ...environment } });
  return stdout.trim();
}

/** A person approves at the stand-in. */
export async function approve(broker: LocalBroker, userCode: string): Promise<void> {
  const body = new URLSearchParams({ user_code: userCode });
  const answer = await fetch(`${broker.identityCenter}/approve`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`the approval was refused: ${answer.status}`);
  await answer.body?.cancel();
}

/** A folder where lines of a shell may leave their files, with the device programs in their place. */
export function useShellFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ftb-auth-'));
  symlinkSync(join(PROJECT, 'device'), join(folder, 'device'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Why lines of curl and openssl cannot run here; undefined: they can. */
export function missingPrograms(): string | undefined {
  const missing = ['curl', 'openssl'].filter((program) => whereIs(program) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not installed`;
}

/**
 * Pastes a device's lines of the quick start, approves, and repeats the last line as a person does.
 *
 * @returns everything that the repeated line printed
 */
export function pasteQuickStart(broker: LocalBroker, folder: string): Promise<string> {
  const [, device = ''] = quickStart(broker).split('\n\n');
  const lines = device.trim().split('\n');
  return shell(
    [
      `cd '${folder}'`,
      `{ ${lines.slice(0, -1).join('\n')}\n} > printed`,
      `curl -s -o approved.html '${broker.identityCenter}/approve' -d "user_code=$(sed -n 's/.*user_code=//p' printed)"`,
      'for try in 1 2 3 4 5; do sleep 1',
      lines.at(-1),
      'done',
    ].join('\n'),
  );
}
