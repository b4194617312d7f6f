/** Writes the table of settings into docs/configure.md; with --check says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withSettingsTable } from '../lib/settings-table.ts';

const DOCS = new URL('../docs/configure.md', import.meta.url);
const PROPS = new URL('../lib/props.ts', import.meta.url);

const written = readFileSync(DOCS, 'utf8');
const current = withSettingsTable(written, readFileSync(PROPS, 'utf8'));
if (!process.argv.includes('--check')) {
  writeFileSync(DOCS, current);
} else if (written !== current) {
  console.error('docs/configure.md does not tell of the settings as they are. Run node bin/configure-docs.ts.');
  process.exitCode = 1;
}
