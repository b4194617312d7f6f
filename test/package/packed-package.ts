/** The package as `npm pack` makes it, and apps that have it installed. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyProject } from '../e2e/project-copy.ts';
import { run } from './run.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What the apps of these tests have from the repository: nothing that large is downloaded once more. */
const LINKED = ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types'];

/** A packed package. */
export interface PackedPackage {
  readonly tarball: string;
  /** The files in it, such as `dist/lib/index.js`. */
  readonly files: readonly string[];
  /** Installs it into a copy of a folder, or into an empty one, and returns the copy. */
  install(app?: string): Promise<string>;
  /** Removes it and all the apps. */
  remove(): void;
}

/** Runs `npm pack` in a copy of the project. */
export async function packPackage(): Promise<PackedPackage> {
  const project = copyProject();
  const { stdout } = await run('npm', ['pack', '--json', '--silent'], project.path);
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  const apps = mkdtempSync(join(tmpdir(), 'broker-apps-'));
  const tarball = join(apps, packed.filename);
  cpSync(join(project.path, packed.filename), tarball);
  const repositoryManifest = readFileSync(join(project.path, 'package.json'), 'utf8');
  project.remove();
  if (repositoryManifest !== readFileSync(join(PROJECT, 'package.json'), 'utf8')) {
    throw new Error('npm pack left another package.json behind');
  }
  return {
    tarball,
    files: packed.files.map(({ path }) => path),
    async install(app) {
      const folder = mkdtempSync(join(apps, 'app-'));
      if (app !== undefined) cpSync(app, folder, { recursive: true });
      await installInto(folder, tarball);
      return folder;
    },
    remove: () => rmSync(apps, { recursive: true, force: true }),
  };
}

async function installInto(folder: string, tarball: string): Promise<void> {
  const type = { type: 'module', ...readManifest(folder) }.type;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type }));
  // Peers are linked below.
  await run('npm', ['install', '--prefer-offline', '--legacy-peer-deps', '--no-audit', '--no-fund', tarball], folder);
  for (const name of LINKED) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules', name), link);
  }
}

function readManifest(folder: string): { readonly type?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: string };
  } catch {
    return {};
  }
}
