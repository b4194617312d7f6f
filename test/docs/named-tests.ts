/** Tests that documents point to: a file and the name of a test in it, as it is written there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, read } from './markdown.ts';

/** @returns what is wrong with the reference, or undefined */
export function wrongWithTest(file: string, name: string): string | undefined {
  if (!existsSync(join(PROJECT, file))) return `${file} does not exist`;
  const names = [...read(file).matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g)].map(([, , text]) =>
    text?.replace(/\\(.)/g, '$1'),
  );
  return names.includes(name) ? undefined : `${file} has no test "${name}"`;
}
