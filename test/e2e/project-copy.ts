/** A copy of the project in a folder of its own, as a fresh clone after `npm ci`: with its own cdk.json, data and temporary files. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The copy. */
export interface ProjectCopy {
  readonly path: string;
  /** Where a broker that is started here keeps its data. */
  readonly dataFolder: string;
  /** What programs that are started here take for /tmp. */
  readonly temporaryFolder: string;
  remove(): void;
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What a start does not need, or must not find. */
const LEFT_OUT = new Set(['.git', '.local', 'cdk.out', 'coverage', 'node_modules', 'test', 'test-output']);

/** Copies the project; its dependencies are linked. */
export function copyProject(): ProjectCopy {
  const folder = mkdtempSync(join(tmpdir(), 'broker-e2e-'));
  const path = join(folder, 'project');
  const temporaryFolder = join(folder, 'tmp');
  mkdirSync(temporaryFolder);
  cpSync(PROJECT, path, {
    recursive: true,
    filter: (source) => !LEFT_OUT.has(source.slice(PROJECT.length).split(sep)[0] ?? ''),
  });
  symlinkSync(join(PROJECT, 'node_modules'), join(path, 'node_modules'));
  return {
    path,
    dataFolder: join(path, '.local'),
    temporaryFolder,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
