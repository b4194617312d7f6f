/**
 * While `npm pack` reads package.json: `publish` puts that of the package in the place of the repository's, `restore` puts the
 * repository's back.
 */
import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');
const MANIFEST = join(PROJECT, 'package.json');
const SAVED = join(PROJECT, 'dist/repository.json');

const [command] = process.argv.slice(2);
if (command === 'publish') {
  copyFileSync(MANIFEST, SAVED);
  copyFileSync(join(PROJECT, 'dist/manifest.json'), MANIFEST);
} else if (command === 'restore') {
  renameSync(SAVED, MANIFEST);
} else {
  console.error('Say what to do: node bin/package-manifest.ts publish | restore');
  process.exitCode = 1;
}
