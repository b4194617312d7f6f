import { basename, join } from 'node:path';
import type { Plugin } from 'esbuild';

const ADAPTERS = join(import.meta.dirname, '../../lambda/adapters');

/**
 * Puts stand-ins in the place of adapters in a bundle; the stand-ins themselves may use what they stand in for.
 *
 * @param standIns files by the name of the adapter that each stands in for; named `stand-in-…`
 * @param folder where they are
 */
export function insteadOf(standIns: Readonly<Record<string, string>>, folder: string): Plugin {
  return {
    name: 'instead-of',
    setup({ onResolve }) {
      onResolve({ filter: /\.ts$/ }, ({ path, importer, resolveDir }) => {
        const standIn = standIns[basename(path)];
        if (standIn === undefined || basename(importer).startsWith('stand-in-')) return undefined;
        const isAdapter = join(resolveDir, path) === join(ADAPTERS, basename(path));
        return isAdapter ? { path: join(folder, standIn) } : undefined;
      });
    },
  };
}
