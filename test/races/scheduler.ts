import type { Clock, Sleep } from '../../lambda/core/ports.ts';
import { START_MS } from '../support/fake-clock.ts';

/** One step of an actor that others may see: what it touches, and whether it may change it. */
export interface Step {
  readonly actor: string;
  readonly what: string;
  /** The items that it touches; steps that touch no item in common can change places. */
  readonly touches: readonly string[];
  readonly writes: boolean;
}

/** What a step touches that must keep its place among all others. */
export const EVERYTHING = ['*'] as const;

/** Runs a step when it is the actor's turn. */
export type Turn = <T>(step: Omit<Step, 'actor'>, work: () => Promise<T>) => Promise<T>;

/** Actors that run side by side, one step at a time, in an order that somebody else chooses. */
export interface Scheduler extends Clock {
  /** Lets the clock go on by this much, seen by everybody from now on. */
  advance(milliseconds: number): void;
  turnOf(actor: string): Turn;
  /** Who sleeps wakes when nobody else has a step to make: a sleep is long beside a step. */
  sleepOf(actor: string): Sleep;
  /** Starts the actors, and runs them to their ends. */
  run(actors: Readonly<Record<string, () => Promise<unknown>>>, choose: Choose): Promise<Outcomes>;
}

/** Chooses one of the steps that can be next; undefined: it does not matter, this order is known already. */
export type Choose = (steps: readonly Step[]) => Step | undefined;

/** What each actor came to: its answer, or what it threw. */
export type Outcomes = Readonly<Record<string, PromiseSettledResult<unknown>>>;

interface Parked {
  readonly step: Step;
  readonly go: () => void;
}

/** Real time after which an actor that makes no step and does not end is a mistake. */
const PATIENCE_MS = 20_000;

/** Makes a scheduler for one race. */
export function makeScheduler(): Scheduler {
  let nowMs = START_MS;
  const parked = new Map<string, Parked>();
  const sleeping = new Map<string, { readonly wakeAtMs: number; readonly wake: () => void }>();
  const running = new Set<string>();
  let settled: () => void = () => undefined;

  /** An actor stops running: at a step, asleep, or at its end. */
  function rest(actor: string): void {
    running.delete(actor);
    if (running.size === 0) settled();
  }

  function resume(actor: string, go: () => void): void {
    running.add(actor);
    go();
  }

  function allAtRest(): Promise<void> {
    if (running.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const who = (): string => [...running].join(' and ');
      const timer = setTimeout(() => reject(new Error(`${who()} makes no step`)), PATIENCE_MS);
      settled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function wakeEarliest(): boolean {
    const [first] = [...sleeping].sort(([, a], [, b]) => a.wakeAtMs - b.wakeAtMs);
    if (first === undefined) return false;
    const [actor, { wakeAtMs, wake }] = first;
    sleeping.delete(actor);
    nowMs = Math.max(nowMs, wakeAtMs);
    resume(actor, wake);
    return true;
  }

  function release(choose: Choose): boolean {
    const steps = [...parked.values()].map(({ step }) => step);
    const [first] = steps;
    if (first === undefined) return wakeEarliest();
    const { actor } = choose(steps) ?? first;
    const { go } = parked.get(actor) as Parked;
    parked.delete(actor);
    resume(actor, go);
    return true;
  }

  return {
    nowMs: () => nowMs,
    advance(milliseconds) {
      nowMs += milliseconds;
    },

    turnOf: (actor) => async (step, work) => {
      if (parked.has(actor)) throw new Error(`${actor} makes two steps at once`);
      await new Promise<void>((go) => {
        parked.set(actor, { step: { actor, ...step }, go });
        rest(actor);
      });
      return work();
    },

    sleepOf: (actor) => (milliseconds) =>
      new Promise((wake) => {
        sleeping.set(actor, { wakeAtMs: nowMs + milliseconds, wake });
        rest(actor);
      }),

    async run(actors, choose) {
      const outcomes: Record<string, PromiseSettledResult<unknown>> = {};
      for (const [actor, act] of Object.entries(actors)) {
        running.add(actor);
        void act().then(
          (value) => {
            outcomes[actor] = { status: 'fulfilled', value };
            rest(actor);
          },
          (reason: unknown) => {
            outcomes[actor] = { status: 'rejected', reason };
            rest(actor);
          },
        );
        await allAtRest();
      }
      do await allAtRest();
      while (release(choose));
      return outcomes;
    },
  };
}
