/**
 * What a million sign-ins cost, by count: `npm run bench:cost [-- --json] [-- --max-sessions N]`.
 *
 * The deployed state machine, the broker's core and its stores run on a virtual clock; every row runs as many sessions as it
 * says. How it is done and what came out: docs/cost.md.
 */
import { parseArgs } from 'node:util';
import { type CostLine, costGoals, measureCosts } from './cost-table.ts';
import { PRICES } from './prices.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, 'max-sessions': { type: 'string', default: '100000' } },
});

const HEAD = [
  ['loop', 8],
  ['sessions', 8],
  ['arrival', 7],
  ['approval', 9],
  ['outcome', 8],
  ['interval', 8],
  ['devices', 7],
  ['transitions', 11],
  ['ticks', 6],
  ['orchestration + polling', 23],
  ['of naive', 9],
  ['with table and logs', 19],
  ['devices’ own polls', 18],
  ['the rest', 8],
  ['too early', 9],
] as const;

const print = (cells: readonly string[]): void =>
  console.log(`| ${cells.map((cell, column) => cell.padEnd(HEAD[column]?.[1] ?? 0)).join(' | ')} |`);

function printLine(line: CostLine): void {
  print([
    line.loop,
    line.sessions.toLocaleString('en-US'),
    line.arrival,
    line.approval,
    line.outcome,
    `${line.intervalSeconds} s`,
    line.devices,
    line.transitionsEach.toFixed(2),
    line.ticksEach.toFixed(2),
    line.cost.loop.toFixed(2),
    `${(line.ofNaive * 100).toFixed(2)} %`,
    line.cost.loopAllIn.toFixed(2),
    line.cost.devicePolls.toFixed(2),
    line.cost.rest.toFixed(2),
    String(line.violations),
  ]);
}

const { date, region } = PRICES;
if (!values.json) {
  console.log(`US dollars for a million sessions, prices of ${date} (${region})\n`);
  print(HEAD.map(([name]) => name));
  print(HEAD.map(([, width]) => '-'.repeat(width)));
}
const lines = await measureCosts(Number(values['max-sessions']), values.json ? () => undefined : printLine);
const goals = costGoals(lines);

if (values.json) console.log(JSON.stringify({ prices: { date, region }, lines, goals }, undefined, 2));
else for (const { name, isMet, worst } of goals) console.log(`\n${isMet ? 'met   ' : 'MISSED'}  ${name}: ${worst}`);
process.exitCode = goals.every(({ isMet }) => isMet) ? 0 : 1;
