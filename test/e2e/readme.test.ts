import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseBrokerConfig } from '../../lib/config.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { brokerTemplate } from '../support/synth.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', ...readdirSync(join(PROJECT, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
);
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
const readme = read('README.md');

const found = (pattern: RegExp, text = readme): string[] =>
  [...text.matchAll(pattern)].map((match) => String(match[1]));

/** Folders that hold no source: what is installed, made, or of a tool. */
const NOT_A_ROOM = /^(\.|node_modules$|cdk\.out$|coverage$|reports$|test-output$|dist$)/;

describe('the README', () => {
  it('opens with what the product is, and then the two commands that set everything up', () => {
    const commands = found(/^(npm ci && npm \w+)$/gm);

    expect(readme.slice(0, readme.indexOf('\n## ')).split('\n').filter(Boolean).length).toBeLessThan(20);
    expect(commands).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });

  it('names scripts that exist', () => {
    const scripts = new Set([...found(/\bnpm (start|test)\b/g), ...found(/\bnpm run ([\w:-]+)/g)]);

    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining([...scripts]));
    expect(scripts.size).toBeGreaterThan(3);
  });

  it('names programs that are installed', () => {
    for (const program of new Set(found(/\bnpx ([\w-]+)/g))) {
      expect(existsSync(join(PROJECT, 'node_modules', '.bin', program)), program).toBe(true);
    }
  });

  it('shows a configuration that a deployment takes', () => {
    const [example = ''] = found(/```json\n([\s\S]*?)```/g);

    expect(parseBrokerConfig(JSON.parse(example).broker).fleets).toHaveProperty('kiosks');
  });

  it('lists the outputs of a deployment', () => {
    const outputs = Object.keys(brokerTemplate().toJSON().Outputs);

    expect(found(/^\| `(\w+)` +\|/gm).sort()).toEqual(outputs.sort());
  });

  it('shows every room of the project, and none that is not there', () => {
    const listed = found(/^\| `([\w/]+)\/` +\|/gm);
    const rooms = readdirSync(PROJECT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !NOT_A_ROOM.test(entry.name))
      .map(({ name }) => name);

    expect([...new Set(listed.map((path) => path.split('/')[0]))].sort()).toEqual(rooms.sort());
    expect(listed.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });
});

describe.each(documents)('%s', (document) => {
  it('has only links that lead somewhere', () => {
    const targets = found(/\]\((?!https?:)([^)#\s]+)/g, read(document));

    expect(targets.filter((target) => !existsSync(join(PROJECT, dirname(document), target)))).toEqual([]);
  });

  it('names only files that are there', () => {
    const paths = found(/`((?:bin|lib|lambda|local|console|device|test|docs)\/[\w./-]+)`/g, read(document));

    expect(paths.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });
});

describe('the license', () => {
  it('is the one that package.json names', () => {
    expect(packageJson.license).toBe('Apache-2.0');
    expect(read('LICENSE')).toMatch(/^ *Apache License\n *Version 2\.0, January 2004/);
  });
});
