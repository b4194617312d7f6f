/** The package.json that the package is published with: without what only this repository needs. */
import type { Metafile } from 'esbuild';

/** A package.json, as far as it matters here. */
export interface Manifest {
  readonly [field: string]: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What there must be one of in an app: constructs of another copy would not fit. */
const PEERS = ['aws-cdk-lib', 'constructs'];

/** What a published package.json says, apart from its dependencies. */
const PUBLISHED_FIELDS = ['name', 'version', 'description', 'license', 'type', 'main', 'types', 'exports', 'files'];

/** Newer than what npm needs in the repository, which brings a Node.js of its own: the construct uses `URL.parse`. */
const ENGINES = { node: '>=22.1.0' };

/**
 * The manifest of the package. Its dependencies are those that the construct's own code imports: the functions' are in their
 * bundles, and the rest (with a Node.js of its own) is for working on this repository.
 *
 * @param manifest of the repository
 * @param outputs of the metafile of the construct's code
 * @throws Error when the code imports what the repository does not depend on
 */
export function publishedManifest(manifest: Manifest, outputs: Metafile['outputs']): Record<string, unknown> {
  const packages = importedPackages(outputs);
  const versions = (wanted: readonly string[]) =>
    Object.fromEntries(wanted.map((name) => [name, rangeOf(manifest, name)] as const));
  return {
    ...Object.fromEntries(PUBLISHED_FIELDS.map((field) => [field, manifest[field]] as const)),
    engines: ENGINES,
    dependencies: versions(packages.filter((name) => !PEERS.includes(name))),
    peerDependencies: versions(PEERS),
  };
}

function importedPackages(outputs: Metafile['outputs']): string[] {
  const paths = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const names = paths.filter((path) => !path.startsWith('node:')).map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}

function rangeOf({ dependencies }: Manifest, name: string): string {
  const version = dependencies[name];
  if (version === undefined) throw new Error(`The construct imports ${name}, which is not among the dependencies.`);
  return `^${version}`;
}
