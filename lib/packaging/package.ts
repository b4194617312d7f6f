/** Builds what is published: the construct compiled, its types, the functions' bundles. Everything goes to dist/. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { writeDeclarations } from './declarations.ts';
import { bundleHandlers, overweight } from './handlers.ts';
import { type Manifest, publishedManifest } from './manifest.ts';
import { thirdPartyNotices } from './notices.ts';

const PROJECT = join(import.meta.dirname, '../..');
const DIST = join(PROJECT, 'dist');
const ENTRY = 'lib/index.ts';

/**
 * Builds the package.
 *
 * @throws Error when a bundle is over its budget, or a type or module cannot be compiled
 */
export async function buildPackage(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  const handlers = await bundleHandlers(join(DIST, 'handlers'));
  const problems = overweight(handlers.outputs);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  writeFileSync(join(DIST, 'handlers/THIRD-PARTY-LICENSES.txt'), thirdPartyNotices(handlers, PROJECT));

  const construct = await compileConstruct();
  writeDeclarations(DIST, ENTRY);
  // The repository's own modules are of the other kind.
  writeFileSync(join(DIST, 'package.json'), '{"type":"commonjs"}\n');
  const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Manifest;
  writeJson('manifest.json', publishedManifest(manifest, construct.outputs));
}

/** CommonJS, like the CDK itself: both `require` and `import` load it, in every Node.js, in ts-node and in Jest. */
async function compileConstruct(): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [{ in: join(PROJECT, ENTRY), out: 'lib/index' }],
    absWorkingDir: PROJECT,
    outdir: DIST,
    bundle: true,
    metafile: true,
    packages: 'external',
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    // Anything else of `import.meta` would be undefined once it is compiled.
    logOverride: { 'empty-import-meta': 'error' },
    logLevel: 'warning',
  });
  return metafile;
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(join(DIST, name), `${JSON.stringify(value, null, 2)}\n`);
}
