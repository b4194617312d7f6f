/** Writes docs/api.md; with `--check` only says whether it is as it should be. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReference } from '../lib/packaging/api-reference.ts';

const PROJECT = join(import.meta.dirname, '..');
const PAGE = join(PROJECT, 'docs/api.md');

const reference = execFileSync(join(PROJECT, 'node_modules/.bin/biome'), ['format', '--stdin-file-path=docs/api.md'], {
  cwd: PROJECT,
  encoding: 'utf8',
  input: apiReference(),
});
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, reference);
} else if (readFileSync(PAGE, 'utf8') !== reference) {
  console.error('docs/api.md is not what the docstrings say: run `npm run docs:api`.');
  process.exitCode = 1;
}
