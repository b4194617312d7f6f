/**
 * The tools that npm does not have, in a virtual environment that is thrown away: ministack, an AWS emulator that shares
 * no code with this project, and cfn-lint. Without Python, openssl or a way to PyPI the tests are skipped, and say why.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Pinned: what these versions cannot do is known by name (emulator-gaps.ts). */
const PACKAGES = ['ministack==1.5.33', 'cfn-lint==1.58.0'];

/** Where the tools are, or why there are none. */
export type PythonTools = { readonly bin: string } | { readonly missing: string };

declare module 'vitest' {
  export interface ProvidedContext {
    readonly pythonTools: PythonTools;
  }
}

/** Makes the environment before the first test, and answers how to remove it after the last. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'broker-python-'));
  const tools = install(folder);
  if ('missing' in tools) console.warn(`Skipped: the tests of the deployment and of cfn-lint. ${tools.missing}`);
  project.provide('pythonTools', tools);
  return () => rmSync(folder, { recursive: true, force: true });
}

function install(folder: string): PythonTools {
  const python = ['python3', 'python'].find((name) =>
    succeeds(name, ['-c', 'import sys; assert sys.version_info >= (3, 10)']),
  );
  if (python === undefined) return { missing: 'There is no Python 3.10 or later; install python3.' };
  if (!succeeds('openssl', ['version'])) return { missing: 'There is no openssl; install it for the emulator.' };
  if (!succeeds(python, ['-m', 'venv', folder]))
    return { missing: 'Python makes no virtual environment; install python3-venv.' };
  const bin = join(folder, 'bin');
  const pip = spawnSync(
    join(bin, 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES],
    {
      encoding: 'utf8',
    },
  );
  return pip.status === 0
    ? { bin }
    : { missing: `pip cannot install ${PACKAGES.join(' and ')}: ${lastLine(pip.stderr)}` };
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
