/**
 * The functions' code: a folder for each handler, with its bundle and the settings of the deployment. An installed package has
 * its bundles with it; here they are made of the sources, once in a process.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Settings } from '../lambda/core/settings.ts';

/** The functions, named like their handlers' files. */
export const HANDLER_NAMES = [
  'device-api',
  'ops-api',
  'start-polling',
  'publish-events',
  'announce-endings',
  'count-sessions',
  'poll',
] as const;

/** A function of the broker, named like its handler file. */
export type HandlerName = (typeof HANDLER_NAMES)[number];

/** Where an installed package has its bundles. */
const INSTALLED = join(import.meta.dirname, '../handlers');
const BUNDLER = join(import.meta.dirname, '../bin/bundle-handlers.ts');

/** Files by their path in the folder of bundles. The same whatever the settings are. */
type Bundles = ReadonlyMap<string, Uint8Array>;
let bundles: Bundles | undefined;

/**
 * Writes one folder per handler: `index.js`, a `package.json` that makes it CommonJS, and `settings.json`; the
 * ops API also gets its own description.
 *
 * @param folder where the handlers' folders go
 * @param settings what the functions read at start; plain data, no CDK token
 * @returns each handler's folder
 */
export function writeBundles(folder: string, settings: Settings): Readonly<Record<HandlerName, string>> {
  bundles ??= existsSync(INSTALLED) ? readBundles(INSTALLED) : bundleSources();
  for (const [path, contents] of bundles) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  const folders = HANDLER_NAMES.map((name) => [name, join(folder, name)] as const);
  for (const [, target] of folders) {
    writeFileSync(join(target, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
  }
  return Object.fromEntries(folders) as Record<HandlerName, string>;
}

/** In a process of its own: a construct cannot wait, and the bundler must not become a part of the package. */
function bundleSources(): Bundles {
  const folder = mkdtempSync(join(tmpdir(), 'broker-bundles-'));
  try {
    execFileSync(process.execPath, [BUNDLER, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    return readBundles(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readBundles(folder: string): Bundles {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]));
}
