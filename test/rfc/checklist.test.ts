/** docs/rfc-8628.md says of every requirement how it is shown; here it is held to that. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROW = /^\| (\d+) +\| [^|]+ \| [^|]+ \| ([^|]+) \|$/gm;
const document = readFileSync(new URL('../../docs/rfc-8628.md', import.meta.url), 'utf8');
const rows = [...document.matchAll(ROW)].map(([, item, shownBy = '']) => ({ item: Number(item), shownBy }));

const suites = new URL('./suites/', import.meta.url);
const tested = new Set(
  readdirSync(suites)
    .flatMap((file) => [...readFileSync(new URL(file, suites), 'utf8').matchAll(/\(items? ([\d, ]+)\)/g)])
    .flatMap(([, items = '']) => items.split(',').map(Number)),
);

describe('the checklist', () => {
  it('has the items 1 to 55, each once', () => {
    expect(rows.map(({ item }) => item)).toEqual(Array.from({ length: 55 }, (_, index) => index + 1));
  });

  it('names a test where there is one, and only there', () => {
    const promised = rows.filter(({ shownBy }) => shownBy.startsWith('test')).map(({ item }) => item);

    expect(promised).toEqual([...tested].sort((a, b) => a - b));
  });

  it('gives a reason for every other item', () => {
    const others = rows.filter(({ item }) => !tested.has(item));

    for (const { item, shownBy } of others) expect(shownBy, `item ${item}`).toMatch(/^(elsewhere|not here): \S+/);
  });
});
