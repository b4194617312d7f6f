/** What the bundles leave out of libraries that are loaded when first needed. */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'named-imports';

/**
 * Lets a library that our sources load with `const { a, b } = await import('library')` come into a bundle with a and b alone:
 * esbuild keeps all of what is imported dynamically, whatever is taken from it.
 */
export function namedImports(): Plugin {
  return {
    name: NAMESPACE,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^.]/ }, ({ path, importer, kind, resolveDir }) => {
        if (kind !== 'dynamic-import' || importer.includes('node_modules')) return undefined;
        const names = namesTaken(readFileSync(importer, 'utf8'), path);
        if (names === undefined) return undefined;
        return { path: `${path}: ${names.join(', ')}`, namespace: NAMESPACE, pluginData: { path, names, resolveDir } };
      });
      onLoad({ filter: /./, namespace: NAMESPACE }, ({ pluginData: { path, names, resolveDir } }) => ({
        contents: `export { ${names.join(', ')} } from '${path}';`,
        resolveDir,
      }));
    },
  };
}

/**
 * The names that a module takes from its dynamic imports of a library, or undefined when one of them takes it whole.
 *
 * @param source of the module
 */
export function namesTaken(source: string, library: string): string[] | undefined {
  const taken = [...source.matchAll(/\{([\w\s,]+)\} = await import\('([^']+)'\)/g)].filter(
    ([, , from]) => from === library,
  );
  if (taken.length === 0 || taken.length !== source.split(`import('${library}')`).length - 1) return undefined;
  const names = taken.flatMap(([, list = '']) => list.split(',')).map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== '').sort();
}
