/**
 * The functions' code: every handler bundled by one esbuild call, each into a folder of its own together with the
 * settings of the deployment. Needs neither Docker nor a network.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildResult, buildSync } from 'esbuild';
import type { Settings } from '../lambda/core/settings.ts';
import { openApiDocument } from '../lambda/http/openapi.ts';

const HANDLERS = fileURLToPath(new URL('../lambda/handlers/', import.meta.url));
const HANDLER_NAMES = ['device-api', 'ops-api', 'start-polling', 'publish-events', 'announce-endings', 'poll'] as const;

/** A function of the broker, named like its handler file. */
export type HandlerName = (typeof HANDLER_NAMES)[number];

type Bundles = BuildResult<{ write: false; metafile: true }>;

/** The code is the same whatever the settings are, so one process bundles it once. */
let bundled: Bundles | undefined;

/**
 * Writes one folder per handler: `index.js`, a `package.json` that makes it CommonJS, and `settings.json`; the
 * ops API also gets its own description. The metafile (what went into which bundle) is written beside the folders, not into them.
 *
 * @param folder where the handlers' folders go
 * @param settings what the functions read at start; plain data, no CDK token
 * @returns each handler's folder
 */
export function writeBundles(folder: string, settings: Settings): Readonly<Record<HandlerName, string>> {
  bundled ??= bundle();
  const folders = HANDLER_NAMES.map((name) => [name, join(folder, name)] as const);
  for (const [name, target] of folders) {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'index.js'), bundleOf(bundled, name));
    writeFileSync(join(target, 'package.json'), '{"type":"commonjs"}\n');
    writeFileSync(join(target, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
  }
  // Made here, so that the function need not load what it is made of.
  writeFileSync(join(folder, 'ops-api', 'openapi.json'), JSON.stringify(openApiDocument()));
  writeFileSync(join(folder, 'metafile.json'), JSON.stringify(bundled.metafile));
  return Object.fromEntries(folders) as Record<HandlerName, string>;
}

/** CommonJS, because `require` of Node's own http takes 6 ms where `import` takes 45: that is part of every cold start. */
function bundle(): Bundles {
  return buildSync({
    entryPoints: HANDLER_NAMES.map((name) => ({ in: join(HANDLERS, `${name}.ts`), out: name })),
    outdir: HANDLERS,
    write: false,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The ES module half of a package leaves out what is not used; its CommonJS half cannot.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'warning',
  });
}

function bundleOf({ outputFiles }: Bundles, name: HandlerName): Uint8Array {
  const file = outputFiles.find(({ path }) => path === join(HANDLERS, `${name}.js`));
  if (file === undefined) {
    throw new Error(`esbuild made no bundle of ${name}`);
  }
  return file.contents;
}
