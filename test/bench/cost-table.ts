import { type CostRow, runCostRow } from './cost-run.ts';
import { type Deployment, readDeployment, withLoop } from './deployment.ts';
import { runNaive } from './naive-loop.ts';
import { type CostPerMillion, costPerMillion } from './prices.ts';

/** One line of the cost table. */
export interface CostLine extends CostRow {
  readonly loop: 'standard' | 'express';
  readonly transitionsEach: number;
  readonly ticksEach: number;
  readonly tokens: number;
  readonly violations: number;
  /** Dollars for a million sessions. */
  readonly cost: CostPerMillion;
  /** Orchestration and polling beside the naive loop's, as a fraction. */
  readonly ofNaive: number;
}

/** Runs a row with a loop, and the naive loop beside it. */
export async function measureCost(row: CostRow, loop: CostLine['loop'], deployment: Deployment): Promise<CostLine> {
  const run = await runCostRow(row, withLoop(deployment, loop));
  const cost = costPerMillion(run.counts, row.sessions);
  const naive = costPerMillion(await runNaive(row), 1).loop;
  return {
    loop,
    ...row,
    transitionsEach: run.counts.total('transitions') / row.sessions,
    ticksEach: run.counts.total('ticks') / row.sessions,
    tokens: run.endings.tokens ?? 0,
    violations: run.violations,
    cost,
    ofNaive: cost.loop / naive,
  };
}

const OUTCOMES = ['approved', 'never'] as const;
const LOOPS = ['standard', 'express'] as const;

type Row = CostRow & { readonly loop: CostLine['loop'] };

/**
 * The rows. Up to 100 sessions everything that makes a difference, with both loops; at 10,000 what size changes; at 100,000
 * the reboot of a whole fleet.
 */
export function costRows(maxSessions: number): Row[] {
  const rows = [...OUTCOMES.flatMap(smallRows), ...largeRows()];
  return rows.filter(({ sessions }) => sessions <= maxSessions);
}

function smallRows(outcome: CostRow['outcome']): Row[] {
  const immediate = [5, 1].flatMap((intervalSeconds): CostRow[] => {
    const common = { approval: 'immediate', outcome, intervalSeconds } as const;
    return [
      { ...common, sessions: 1, arrival: 'steady', devices: 'poll' },
      { ...common, sessions: 1, arrival: 'steady', devices: 'sleep' },
      { ...common, sessions: 100, arrival: 'steady', devices: 'poll' },
      { ...common, sessions: 100, arrival: 'storm', devices: 'poll' },
      { ...common, sessions: 100, arrival: 'storm', devices: 'sleep' },
    ];
  });
  const deferred = [1, 100].map(
    (sessions): CostRow => ({ ...FLEET, approval: 'deferred', outcome, sessions, devices: 'sleep' }),
  );
  return [...immediate, ...deferred].flatMap((row) => LOOPS.map((loop) => ({ ...row, loop })));
}

const FLEET = { arrival: 'storm', approval: 'immediate', outcome: 'approved', intervalSeconds: 5 } as const;

function largeRows(): Row[] {
  const [large, largest] = [
    { ...FLEET, sessions: 10_000 },
    { ...FLEET, sessions: 100_000 },
  ] as const;
  return [
    { ...large, devices: 'sleep', loop: 'standard' },
    { ...large, devices: 'sleep', loop: 'express' },
    { ...large, devices: 'poll', loop: 'express' },
    { ...large, outcome: 'never', devices: 'sleep', loop: 'express' },
    { ...large, arrival: 'steady', devices: 'poll', loop: 'express' },
    { ...large, approval: 'deferred', devices: 'sleep', loop: 'express' },
    { ...large, approval: 'deferred', outcome: 'never', devices: 'sleep', loop: 'express' },
    { ...largest, devices: 'sleep', loop: 'express' },
    { ...largest, approval: 'deferred', outcome: 'never', devices: 'sleep', loop: 'express' },
  ];
}

/** Measures all rows, one after the other. @param onLine told of each as it comes */
export async function measureCosts(maxSessions: number, onLine: (line: CostLine) => void): Promise<CostLine[]> {
  const deployment = readDeployment();
  const lines: CostLine[] = [];
  for (const { loop, ...row } of costRows(maxSessions)) {
    const line = await measureCost(row, loop, deployment);
    onLine(line);
    lines.push(line);
  }
  return lines;
}

export interface Goal {
  readonly name: string;
  readonly isMet: boolean;
  readonly worst: string;
}

/** The goals, held against the Express loop: the one that a deployment chooses for its cost. */
export function costGoals(lines: readonly CostLine[]): Goal[] {
  const express = lines.filter(({ loop }) => loop === 'express');
  const pending = express.filter((line) => line.approval === 'immediate' || line.outcome === 'approved');
  return [
    atMost(
      'express: storm at most 1 % of naive',
      pending.filter(({ arrival, sessions }) => arrival === 'storm' && sessions > 1),
      0.01,
    ),
    atMost(
      'express: steady at most 10 % of naive',
      pending.filter(({ arrival, sessions }) => arrival === 'steady' || sessions === 1),
      0.1,
    ),
    atMost(
      'deferred and never approved: $0 of orchestration',
      lines.filter(({ approval, outcome }) => approval === 'deferred' && outcome === 'never'),
      0,
    ),
    { name: 'polls sooner than the interval', ...sumOf(lines.map(({ violations }) => violations)) },
  ];
}

function atMost(name: string, lines: readonly CostLine[], fraction: number): Goal {
  const worst = Math.max(...lines.map(({ ofNaive }) => ofNaive));
  return {
    name,
    isMet: worst <= fraction,
    worst: `${(worst * 100).toFixed(2)} % in the worst of ${lines.length} rows`,
  };
}

function sumOf(numbers: readonly number[]): { isMet: boolean; worst: string } {
  const sum = numbers.reduce((total, number) => total + number, 0);
  return { isMet: sum === 0, worst: `${sum} in ${numbers.length} rows` };
}
