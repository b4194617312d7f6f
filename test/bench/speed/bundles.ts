/** The deployed bundles, and the programs that are held against them, bundled the same way. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import type { Settings } from '../../../lambda/core/settings.ts';
import { HANDLER_NAMES, type HandlerName } from '../../../lib/bundle.ts';
import { BUNDLE_OPTIONS, bundleHandlers, bundlePlugins } from '../../../lib/packaging/handlers.ts';
import type { ServiceName } from './aws-calls.ts';
import { type BareScene, bareSource, servicesIn } from './bare-function.ts';

const PROJECT = join(import.meta.dirname, '../../..');

export interface Bundles {
  readonly folder: string;
  readonly metafile: Metafile;
  /** The bundle of a function, KB of 1,000 bytes. */
  readonly kilobytes: (name: HandlerName) => number;
  /** Path of a function's `index.js`. */
  readonly ofHandler: (name: HandlerName) => string;
  /** Path of the contender program. */
  readonly program: string;
  /** Writes the settings that the functions read beside their bundles. */
  writeSettings(settings: Settings): void;
  /** Bundles the bare function beside a handler. @returns the path of its `index.js` and its KB */
  bare(name: HandlerName, scenes: Readonly<Record<string, BareScene>>): Promise<{ path: string; kilobytes: number }>;
  remove(): void;
}

/** Bundles the handlers into a folder of their own. */
export async function makeBundles(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-bench-'));
  const metafile = await bundleHandlers(folder);
  const program = join(folder, 'contender.cjs');
  await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [join(import.meta.dirname, 'contender-program.ts')],
    outfile: program,
  });
  const ofHandler = (name: HandlerName): string => join(folder, name, 'index.js');
  const outputOf = (name: HandlerName): Metafile['outputs'][string] => {
    const found = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`${name}/index.js`));
    if (found === undefined) throw new Error(`There is no bundle of ${name}.`);
    return found[1];
  };
  return {
    folder,
    metafile,
    program,
    ofHandler,
    kilobytes: (name) => outputOf(name).bytes / 1000,
    writeSettings(settings) {
      for (const name of HANDLER_NAMES) writeFileSync(join(folder, name, 'settings.json'), JSON.stringify(settings));
    },
    async bare(name, scenes) {
      const path = join(folder, 'bare', name, 'index.js');
      const kilobytes = await bundleBare(path, servicesIn(outputOf(name)), scenes);
      return { path, kilobytes };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function bundleBare(
  path: string,
  services: readonly ServiceName[],
  scenes: Readonly<Record<string, BareScene>>,
): Promise<number> {
  const calls = Object.values(scenes).flatMap(({ stages }) => stages.flat());
  const operations = [...new Set(calls.map(({ service, operation }) => `${service}.${operation}`))];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(dirname(path), 'package.json'), '{"type":"commonjs"}\n');
  writeFileSync(join(dirname(path), 'scenes.json'), JSON.stringify(scenes));
  await build({
    ...BUNDLE_OPTIONS,
    plugins: bundlePlugins(),
    stdin: { contents: bareSource(services, operations), resolveDir: PROJECT, loader: 'js' },
    outfile: path,
  });
  return readFileSync(path).length / 1000;
}
