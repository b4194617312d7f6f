import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EMULATOR_GAPS } from './emulator-gaps.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('docs/deploy.md', () => {
  it('names everything that the emulator does not do, and nothing else', () => {
    const named = [...read('deploy.md').matchAll(/^- \*\*(.+?)\*\*: /gm)].map(([, name]) => name?.replaceAll('\\', ''));

    expect(named).toEqual(EMULATOR_GAPS.map(({ name }) => name));
  });
});
