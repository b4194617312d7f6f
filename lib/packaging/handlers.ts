/** Makes the functions' code: every handler bundled into a folder of its own. Needs neither Docker nor a network. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { openApiDocument } from '../../lambda/http/openapi.ts';
import { HANDLER_NAMES, type HandlerName } from '../bundle.ts';
import { LEAN_ALIASES, leanSdk } from './lean-sdk.ts';
import { namedImports } from './named-imports.ts';

const LAMBDA = join(import.meta.dirname, '../../lambda');

/**
 * The most that each bundle may weigh, in KB of 1,000 bytes, minified. Every byte is read and compiled at a cold start: a
 * budget that has to be raised is a decision, and this is where it is taken.
 */
const BUDGET_KB: Readonly<Record<HandlerName, number>> = {
  'device-api': 370,
  'ops-api': 280,
  'start-polling': 200,
  'publish-events': 210,
  'announce-endings': 240,
  'count-sessions': 225,
  poll: 285,
};

/** How everything is bundled that is to run as a function does. */
export const BUNDLE_OPTIONS = {
  absWorkingDir: join(LAMBDA, '..'),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  // `require` of Node's own http takes 6 ms where `import` takes 45: that is part of every cold start.
  format: 'cjs',
  // The ES module half of a package leaves out what is not used; its CommonJS half cannot.
  mainFields: ['module', 'main'],
  alias: { ...LEAN_ALIASES },
  // The bundler's exports cannot be redefined, and OpenTelemetry's layer wraps the handler: these can.
  footer: { js: 'module.exports = { ...module.exports };' },
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** What is left out of libraries on the way into a bundle. */
export const bundlePlugins = (): Plugin[] => [leanSdk(LAMBDA), namedImports()];

/**
 * Bundles the handlers. Each gets a folder with `index.js` and a `package.json` that makes it CommonJS; the ops API also gets
 * its own description. The metafile (what went into which bundle) is written beside the folders, not into them.
 *
 * @param folder where the handlers' folders go
 * @returns what went into which bundle, and how many bytes each has
 */
export async function bundleHandlers(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: HANDLER_NAMES.map((name) => ({ in: join(LAMBDA, 'handlers', `${name}.ts`), out: `${name}/index` })),
    outdir: folder,
    metafile: true,
    plugins: bundlePlugins(),
  });
  for (const name of HANDLER_NAMES) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'package.json'), '{"type":"commonjs"}\n');
  }
  // Made here, so that the function need not load what it is made of.
  writeFileSync(join(folder, 'ops-api', 'openapi.json'), JSON.stringify(openApiDocument()));
  writeFileSync(join(folder, 'metafile.json'), JSON.stringify(metafile));
  return metafile;
}

/**
 * Which bundles weigh more than they may, one sentence for each.
 *
 * @param outputs of the metafile
 */
export function overweight(outputs: Metafile['outputs']): string[] {
  return HANDLER_NAMES.flatMap((name) => {
    const output = Object.entries(outputs).find(([path]) => path.endsWith(`${name}/index.js`))?.[1];
    if (output === undefined) return [`There is no bundle of ${name}.`];
    const kilobytes = Math.ceil(output.bytes / 1000);
    if (kilobytes <= BUDGET_KB[name]) return [];
    return [
      `The bundle of ${name} has ${kilobytes} KB and may have ${BUDGET_KB[name]}: see in metafile.json what is new in it, and leave it out or raise the budget in lib/packaging/handlers.ts.`,
    ];
  });
}
