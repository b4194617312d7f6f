/** The package's types: what the compiler emits for the public surface, and nothing beyond what that needs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../..');

/** A relative import, as the compiler leaves it: with the name of the source. */
const RELATIVE_IMPORT = /(from |import\()'(\.{1,2}\/[\w./-]+)\.ts'/g;

/**
 * Writes the declarations of a module and of all that they refer to.
 *
 * @param folder gets them, at the same paths as the sources
 * @param entry the module's path in the project, such as `lib/index.ts`
 */
export function writeDeclarations(folder: string, entry: string): void {
  const emitted = mkdtempSync(join(tmpdir(), 'broker-types-'));
  try {
    const compiler = join(PROJECT, 'node_modules/.bin/tsc');
    execFileSync(compiler, ['--project', 'tsconfig.package.json', '--outDir', emitted], {
      cwd: PROJECT,
      stdio: 'inherit',
    });
    const toWrite = [entry];
    // Grows while it is walked.
    for (const path of toWrite) {
      const { text, imports } = publishable(readFileSync(join(emitted, declarationOf(path)), 'utf8'), path);
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, declarationOf(path)), text);
      toWrite.push(...imports.filter((found) => !toWrite.includes(found)));
    }
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

/**
 * A declaration whose imports name the modules that are published.
 *
 * @param path the module's, such as `lib/index.ts`
 * @returns the text, and the modules of the project that it imports
 */
export function publishable(declaration: string, path: string): { readonly text: string; readonly imports: string[] } {
  const imports = new Set<string>();
  const text = declaration.replace(RELATIVE_IMPORT, (_, keyword: string, target: string) => {
    imports.add(join(dirname(path), `${target}.ts`));
    return `${keyword}'${target}.js'`;
  });
  return { text, imports: [...imports] };
}

const declarationOf = (path: string) => path.replace(/\.ts$/, '.d.ts');
