import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT, read } from './markdown.ts';
import { wrongWithTest } from './named-tests.ts';

const threats = read('docs/security.md')
  .split(/^### (?=T\d)/m)
  .slice(1)
  .map((section) => section.split(/^## /m)[0] ?? '')
  .map((section) => ({ id: /^T\d+/.exec(section)?.[0] ?? '', text: section.replace(/\s+/g, ' '), lines: section }));

describe('docs/security.md', () => {
  it('has the 25 threats, each once', () => {
    const ids = Array.from({ length: 25 }, (_, i) => `T${i + 1}`);

    expect(threats.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });
});

describe.each(threats)('$id', ({ text, lines }) => {
  it('names places of the code that are there', () => {
    const places = [
      ...text.matchAll(/`((?:lambda|lib|local|console|device)\/[\w./-]+)`(?: \(((?:`\w+`(?:, )?)+)\))?/g),
    ];
    const wrong = places.flatMap(([, file = '', names = '']) => {
      if (!existsSync(join(PROJECT, file))) return [file];
      const missing = [...names.matchAll(/`(\w+)`/g)].filter(([, name = '']) => !read(file).includes(name));
      return missing.map(([, name]) => `${file}: ${name}`);
    });

    expect(places.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('names tests that are there', () => {
    const shown = [...lines.matchAll(/^- `(test\/[\w./-]+)`: (.+(?:\n {2}.+)*)/gm)];
    const wrong = shown.map(([, file = '', name = '']) => wrongWithTest(file, name.replace(/\s+/g, ' ')));

    expect(shown.length).toBeGreaterThan(0);
    expect(wrong.filter((one) => one !== undefined)).toEqual([]);
  });
});
