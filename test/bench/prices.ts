import { readFileSync } from 'node:fs';
import { BILLED, type Billed, type Counts, type Part } from './counts.ts';

/** The price file: one date, one Region, each price with where it is from. */
export interface PriceFile {
  readonly date: string;
  readonly region: string;
  readonly note: string;
  readonly prices: Readonly<Record<Billed, { readonly perMillion: number; readonly source: string }>>;
}

/** The prices that the tables in docs/cost.md were made with. */
export const PRICES = JSON.parse(readFileSync(new URL('./prices-2026.json', import.meta.url), 'utf8')) as PriceFile;

/** What running a loop is: states and functions. The table and the logs are shown beside it. */
const LOOP: readonly Billed[] = [
  'transitions',
  'expressRequests',
  'expressGbSeconds',
  'lambdaRequests',
  'lambdaGbSeconds',
];

/** Dollars for a million sessions. */
export interface CostPerMillion {
  /** Orchestration and polling as the goals mean it: states, executions, and the functions that start and poll. */
  readonly loop: number;
  /** The same with what the loop reads, writes and logs. */
  readonly loopAllIn: number;
  /** The devices' own requests to /token. */
  readonly devicePolls: number;
  /** Starting a sign-in and publishing its events: the same with any loop. */
  readonly rest: number;
}

/** Prices what a run of so many sessions has counted, scaled to a million. */
export function costPerMillion(counts: Counts, sessions: number): CostPerMillion {
  const cost = (parts: readonly Part[], names: readonly Billed[]): number =>
    parts.reduce(
      (sum, part) => sum + names.reduce((own, name) => own + counts.of(part, name) * PRICES.prices[name].perMillion, 0),
      0,
    ) / sessions;
  return {
    loop: cost(['orchestration', 'polling'], LOOP),
    loopAllIn: cost(['orchestration', 'polling'], BILLED),
    devicePolls: cost(['device polls'], BILLED),
    rest: cost(['sign-in', 'events'], BILLED),
  };
}
