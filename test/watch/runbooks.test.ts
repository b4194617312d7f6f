import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PHASES } from '../../lambda/core/session.ts';
import { OPERATIONS } from '../../lambda/http/ops-operations.ts';
import { SAVED_QUERIES } from '../../lib/watch/saved-queries.ts';
import { alarmsOf } from './alarm-evaluator.ts';
import { templateOf } from './alarmed-template.ts';

const text = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
const QUERY_NAMES = Object.values(SAVED_QUERIES).map(({ name }) => name);

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** Sections below `## Alarms`, by their anchors. */
const runbooks = new Map(
  (text.split('\n## Alarms\n')[1]?.split('\n## ')[0] ?? '')
    .split('\n### ')
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [anchorOf(heading), lines.join('\n')] as const;
    }),
);
const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

describe('the runbooks', () => {
  it('are one for each alarm, and no others', () => {
    const named = alarmsOf(templateOf()).map(({ description }) => /#([a-z-]+)\.$/.exec(description)?.[1]);

    expect([...runbooks.keys()].sort()).toEqual([...new Set(named)].sort());
  });

  it.each([...runbooks])('%s says what it means, what to look at, what to do and when it ends', (_anchor, section) => {
    const parts = ['**What it means.**', '**Look first.**', '**Do.**', '**Ends**'];

    expect(parts.filter((part) => !section.includes(part))).toEqual([]);
  });

  it.each(alarmsOf(templateOf()).map(({ name, description }) => [name, description] as const))(
    'of %s tells to run the queries that the alarm itself names',
    (_name, description) => {
      const section = runbooks.get(/#([a-z-]+)\.$/.exec(description)?.[1] ?? '') ?? '';
      const named = [...description.matchAll(/query "([^"]+)"/g)].map(([, name = '']) => name);

      expect(named.filter((name) => !QUERY_NAMES.includes(name as never))).toEqual([]);
      const told = section.replaceAll(/\s+/g, ' ');
      expect(named.filter((name) => !told.includes(`**${name}**`))).toEqual([]);
    },
  );
});

describe('docs/operate.md', () => {
  it('lists every saved query, and no other', () => {
    const table = text.split('\n## Saved queries\n')[1]?.split('\n## ')[0] ?? '';
    const listed = [...table.matchAll(/^\| \*\*(.+?)\*\*/gm)].map(([, name]) => name);

    expect(listed.sort()).toEqual([...QUERY_NAMES].sort());
  });

  it('asks each query for the parameter that it has', () => {
    for (const query of Object.values(SAVED_QUERIES)) {
      const row = text.split('\n').find((line) => line.startsWith(`| **${query.name}**`));
      if ('parameter' in query) expect(row).toContain(`\`${query.parameter.name}\``);
    }
  });

  it('says of every phase of a session what to do', () => {
    const rows = [...text.matchAll(/^ +\| `(?!phase)([a-z_]+)` +\|/gm)].map(([, phase]) => phase);

    expect(rows.sort()).toEqual([...PHASES].sort());
  });

  it('calls only what the ops API has', () => {
    const called = [...text.matchAll(/(?:ops '?|POST |GET )(\/[a-z][^\s'`?]*)/g)].map(([, path = '']) => path);
    const known = Object.values(OPERATIONS).map(({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '<id>')}$`));

    expect(called.length).toBeGreaterThan(6);
    expect(called.filter((path) => !known.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  it('links only to headings that it has', () => {
    const linked = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor);

    expect(linked.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });
});
