import { describe, expect, it } from 'vitest';
import lockFile from '../../package-lock.json' with { type: 'json' };

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const packages = lockFile.packages as unknown as Readonly<Record<string, LockedPackage>>;

/** Where npm looks for a dependency of a package: in its own folder, then in those of the packages around it. */
function placesOf(dependency: string, from: string): string[] {
  const around = from.split('/node_modules/');
  const folders = around.map((_, depth) => around.slice(0, around.length - depth).join('/node_modules/'));
  return [...new Set([...folders.filter((folder) => folder !== ''), ''])].map((folder) =>
    `${folder}/node_modules/${dependency}`.replace(/^\//, ''),
  );
}

describe('the lock file', () => {
  it('has the optional dependencies for every system, without which `npm ci` refuses it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !placesOf(name, path).some((place) => place in packages)),
    );

    expect(missing).toEqual([]);
  });

  it('names no registry but the public one', () => {
    expect(JSON.stringify(lockFile)).not.toMatch(/"resolved":"(?!https:\/\/registry\.npmjs\.org\/)/);
  });
});
