import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, vi } from 'vitest';

export const DEVICE_FOLDER = fileURLToPath(new URL('../../device', import.meta.url));

/** One way to run ftb: which interpreter, and what it finds on its PATH. */
export interface Program {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly path: string;
  /** Why it cannot run on this machine. */
  readonly missing?: string;
}

/** The full path of a program on the PATH; undefined when there is none. */
export function whereIs(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((candidate) => existsSync(candidate));
}

const SHELL_CLIENT = join(DEVICE_FOLDER, 'ftb');
const SYSTEM_PATH = process.env.PATH ?? '';

/** The shell client under dash, under busybox with nothing else but curl on the PATH, and the Python file. */
export const PROGRAMS: readonly Program[] = [
  program('ftb under dash', 'dash', [SHELL_CLIENT], ['dash', 'curl']),
  { ...program('ftb under busybox ash', 'busybox', ['ash', SHELL_CLIENT], ['busybox', 'curl']), path: busyboxPath() },
  program('ftb.py', 'python3', [join(DEVICE_FOLDER, 'ftb.py')], ['python3']),
];

function program(name: string, file: string, args: readonly string[], needs: readonly string[]): Program {
  const absent = needs.filter((needed) => whereIs(needed) === undefined);
  const runnable = { name, file: whereIs(file) ?? file, args, path: SYSTEM_PATH };
  return absent.length === 0 ? runnable : { ...runnable, missing: `${absent.join(' and ')} not installed` };
}

/** A folder with busybox's applets and curl: a device that has nothing else. */
function busyboxPath(): string {
  const busybox = whereIs('busybox');
  const curl = whereIs('curl');
  if (busybox === undefined || curl === undefined) return '';
  const folder = mkdtempSync(join(tmpdir(), 'ftb-busybox-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (/^[a-z0-9]+$/.test(applet)) symlinkSync(busybox, join(folder, applet));
  }
  symlinkSync(curl, join(folder, 'curl'));
  return folder;
}

// A device spends its time waiting: many of them take no longer than one.
vi.setConfig({ maxConcurrency: 15, testTimeout: 60_000 });

/** The same behaviours for each program; where one cannot run, its tests are skipped with the reason. */
export function describeEachProgram(behaviours: (program: Program) => void): void {
  for (const runnable of PROGRAMS) {
    describe.concurrent(runnable.name, () => {
      beforeEach((ctx) => {
        if (runnable.missing !== undefined) ctx.skip(runnable.missing);
      });
      behaviours(runnable);
    });
  }
}
