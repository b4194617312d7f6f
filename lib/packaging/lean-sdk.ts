/** What the bundles leave out of the AWS SDK: a part of every cold start that no function ever uses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const lean = (name: string) => join(import.meta.dirname, 'lean', `${name}.ts`);

/** Packages, and the modules that take their place. */
export const LEAN_ALIASES: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node': lean('credentials'),
  '@smithy/core/event-streams': lean('event-streams'),
  '@aws-sdk/endpoint-cache': lean('endpoint-cache'),
};

/** What a module imports from a client of the SDK. */
const SDK_IMPORT = /import \{([^}]*)\} from '@aws-sdk\/client-[\w-]+'/g;

/** The schema of an error as the SDK's generator writes it, and the line that registers the error's class for it. */
const REGISTERED_ERROR = /^export var (\w+)\$ = \[-3, n\d+,[^;]*^\];\nn\d+_registry\.registerError\(\1\$, \w+\);\n/gm;

/**
 * Takes out of the SDK's clients what tree shaking cannot: everything of their package.json but the version, and the classes
 * of errors that our sources do not import. An error without a class of its own is one of its service's general class,
 * with the same name and the same fields: the SDK itself makes those of errors that its model does not know.
 *
 * @param sources the folder of the sources that the bundles are made of
 */
export function leanSdk(sources: string): Plugin {
  const imported = importedOfSdk(sources);
  return {
    name: 'lean-sdk',
    setup({ onLoad }) {
      onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]package\.json$/ }, ({ path }) => {
        const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
      onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => ({
        contents: withoutErrorClasses(readFileSync(path, 'utf8'), imported),
        loader: 'js',
      }));
    },
  };
}

/**
 * A client's schemas without those of error classes: nothing else keeps the classes in a bundle.
 *
 * @param schemas the source of the module
 * @param kept the classes that stay, by name
 */
export function withoutErrorClasses(schemas: string, kept: ReadonlySet<string>): string {
  return schemas.replace(REGISTERED_ERROR, (whole, name: string) => (kept.has(name) ? whole : ''));
}

function importedOfSdk(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const sources = files.map((path) => readFileSync(join(folder, path), 'utf8')).join('\n');
  const names = [...sources.matchAll(SDK_IMPORT)].flatMap(([, list = '']) => list.split(','));
  return new Set(names.map((name) => name.trim()));
}
