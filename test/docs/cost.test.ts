import { describe, expect, it } from 'vitest';
import { brokerTemplate, onlyResource } from '../support/synth.ts';
import { read } from './markdown.ts';

/** Rows of a table as lists of cells. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

/** What the README calls a kind of sign-in, and the row of docs/cost.md that it is: from the loop's load to the devices. */
const ROWS: Readonly<Record<string, string>> = {
  'one by one, devices poll, approved after a minute': '1 steady immediate approved 5 s poll',
  '100 devices at once, devices poll, approved after a minute': '100 storm immediate approved 5 s poll',
  '10,000 devices at once that sleep, approved after a minute': '10,000 storm immediate approved 5 s sleep',
  'one by one, devices poll, nobody approves for ten minutes': '1 steady immediate never 5 s poll',
  'deferred approval, and nobody comes': '100 storm deferred never 5 s sleep',
};

describe('the cost table of the README', () => {
  const section = read('README.md').split('## What it costs')[1]?.split('\n## ')[0] ?? '';
  const [, , ...rows] = rowsOf(section);
  const type = String(onlyResource(brokerTemplate(), 'AWS::StepFunctions::StateMachine').Properties.StateMachineType);
  const counted = rowsOf(read('docs/cost.md')).filter(([loop]) => loop === type.toLowerCase());

  it('has the kinds of sign-ins that docs/cost.md has', () => {
    expect(rows.map(([kind]) => kind)).toEqual(Object.keys(ROWS));
  });

  it.each(rows)(
    'says of %s what docs/cost.md counts for the loop that is deployed: %s USD',
    (kind = '', dollars = '') => {
      const row = counted.find((cells) => cells.slice(1, 7).join(' ') === ROWS[kind]);
      // Of a million sign-ins: the loop with table and logs, the devices' own polls, the rest.
      const [withTable, ownPolls, rest] = (row ?? []).slice(10, 13).map(Number);

      expect(row).toBeDefined();
      expect(dollars).toBe((Math.ceil((Number(withTable) + Number(ownPolls) + Number(rest)) / 10) / 100).toFixed(2));
    },
  );
});
