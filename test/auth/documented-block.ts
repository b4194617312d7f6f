import { readFileSync } from 'node:fs';

const DOCS = readFileSync(new URL('../../docs/device-authentication.md', import.meta.url), 'utf8');

/** The lines of docs/device-authentication.md behind a marker. */
export function documentedBlock(name: string): string {
  const found = new RegExp(`<!-- run: ${name} -->\\s*\`\`\`sh\\n([^]*?)\`\`\``).exec(DOCS)?.[1];
  if (found === undefined) throw new Error(`docs/device-authentication.md has no block ${name}`);
  return found;
}
