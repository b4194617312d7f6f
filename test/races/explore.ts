import type { Outcomes, Scheduler, Step } from './scheduler.ts';
import { EVERYTHING, makeScheduler } from './scheduler.ts';

/** A race, set up and not yet run. */
export interface PreparedRace {
  readonly actors: Readonly<Record<string, () => Promise<unknown>>>;
  /** Throws when what must hold afterwards does not. */
  check(outcomes: Outcomes): Promise<void>;
}

/** Sets up a fresh world for one run of a race. */
export type SetUp = (scheduler: Scheduler) => Promise<PreparedRace>;

export interface Explored {
  /** Orders that were run to their end and checked. */
  readonly interleavings: number;
  /** The longest order, in steps. */
  readonly steps: number;
}

/** One place of the order under way. */
interface Place {
  /** The steps that could be next. */
  readonly steps: readonly Step[];
  /** Steps that need not come first here: an order that begins so has been seen. */
  readonly asleep: Step[];
  chosen: Step;
}

export interface ExploreOptions {
  /**
   * `every`: all orders. `distinct`: of those that differ only in the order of steps which touch nothing in common, one
   * (sleep sets; Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems").
   */
  readonly orders: 'every' | 'distinct';
}

/**
 * Runs a race in every order of its steps: depth first, each order from a fresh world.
 *
 * @throws what the check threw, with the order that led to it
 */
export async function explore(setUp: SetUp, { orders }: ExploreOptions): Promise<Explored> {
  const path: Place[] = [];
  let interleavings = 0;
  let longest = 0;
  do {
    const run = await runOnce(setUp, path, orders);
    longest = Math.max(longest, path.length);
    if (!run.known) interleavings += 1;
  } while (goBack(path));
  return { interleavings, steps: longest };
}

/** Follows the path as far as it goes, then takes the first order that is left. */
async function runOnce(setUp: SetUp, path: Place[], orders: ExploreOptions['orders']): Promise<{ known: boolean }> {
  const scheduler = makeScheduler();
  const race = await setUp(scheduler);
  let depth = 0;
  let known = false;

  const outcomes = await scheduler.run(race.actors, (steps) => {
    if (known) return undefined;
    const place = path[depth] ?? extend(path, steps, orders);
    if (place === undefined) {
      known = true;
      return undefined;
    }
    if (!sameSteps(place.steps, steps)) throw new Error('the race is not the same every time');
    depth += 1;
    return place.chosen;
  });

  if (known) return { known };
  try {
    await race.check(outcomes);
  } catch (error) {
    const order = path.map(({ chosen }) => `${chosen.actor}: ${chosen.what}`).join('\n  ');
    throw new Error(`in this order:\n  ${order}`, { cause: error });
  }
  return { known };
}

function extend(path: Place[], steps: readonly Step[], orders: ExploreOptions['orders']): Place | undefined {
  const last = path.at(-1);
  const inherited = orders === 'every' || last === undefined ? [] : last.asleep;
  const asleep = inherited.filter((step) => last !== undefined && areIndependent(step, last.chosen));
  const chosen = steps.find((step) => !has(asleep, step));
  if (chosen === undefined) return undefined;
  const place = { steps, asleep, chosen };
  path.push(place);
  return place;
}

/** To the last place where another step could come first. @returns false when there is none */
function goBack(path: Place[]): boolean {
  for (let place = path.at(-1); place !== undefined; place = path.at(-1)) {
    place.asleep.push(place.chosen);
    const { asleep } = place;
    const next = place.steps.find((step) => !has(asleep, step));
    if (next !== undefined) {
      place.chosen = next;
      return true;
    }
    path.pop();
  }
  return false;
}

const has = (steps: readonly Step[], wanted: Step): boolean => steps.some(({ actor }) => actor === wanted.actor);

function areIndependent(a: Step, b: Step): boolean {
  if (a.actor === b.actor) return false;
  if (!a.writes && !b.writes) return true;
  if (a.touches === EVERYTHING || b.touches === EVERYTHING) return false;
  return !a.touches.some((touched) => b.touches.includes(touched));
}

function sameSteps(a: readonly Step[], b: readonly Step[]): boolean {
  return a.length === b.length && a.every((step, index) => step.what === b[index]?.what);
}
