import type { Dice } from './dice.ts';

/** What can go wrong, and how often it does. */

/** Every kind of fault, by what it hits. */
export const FAULT_KINDS = [
  'table slow',
  'table reset',
  'table 5xx',
  'table throttle',
  'table answer lost after commit',
  'table throttled for 30 s',
  'upstream slow',
  'upstream reset',
  'upstream 5xx',
  'upstream throttle',
  'upstream slow_down',
  'upstream answer lost',
  'KMS down',
  'stream record twice',
  'stream stopped for 5 min',
  'execution started twice',
  'function killed',
  'function killed after upstream answered',
  'answer to the device lost',
  'clock skew',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Times between which something is down, epoch milliseconds. */
export interface Outage {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What goes wrong in one run. */
export interface FaultPlan {
  /** Whether a fault of this kind strikes now; one that does is counted. */
  strikes(kind: FaultKind): boolean;
  /** Whether something is down at this time; each call that it hits is counted. */
  isDown(kind: FaultKind, nowMs: number): boolean;
  /** Counts a fault that was made elsewhere. */
  count(kind: FaultKind): void;
  readonly outages: readonly Outage[];
  /** Faults so far, by kind. */
  readonly counts: ReadonlyMap<FaultKind, number>;
}

/** Chances per call, invocation, record, or function environment. */
const RATES: Partial<Record<FaultKind, number>> = {
  'table slow': 0.01,
  'table reset': 0.004,
  'table 5xx': 0.004,
  'table throttle': 0.004,
  'table answer lost after commit': 0.004,
  'upstream slow': 0.02,
  'upstream reset': 0.01,
  'upstream 5xx': 0.01,
  'upstream throttle': 0.01,
  'upstream slow_down': 0.01,
  'upstream answer lost': 0.004,
  'stream record twice': 0.05,
  'execution started twice': 0.05,
  'function killed': 0.004,
  'function killed after upstream answered': 0.04,
  'answer to the device lost': 0.01,
  'clock skew': 0.3,
};

/** How long an outage lasts, and how far apart outages of a kind begin on average; in milliseconds. */
const OUTAGES: Partial<Record<FaultKind, { readonly lastsMs: number; readonly everyMs: number }>> = {
  'table throttled for 30 s': { lastsMs: 30_000, everyMs: 900_000 },
  'KMS down': { lastsMs: 60_000, everyMs: 1_200_000 },
  'stream stopped for 5 min': { lastsMs: 300_000, everyMs: 1_800_000 },
};

/**
 * Makes a plan.
 *
 * @param kinds which faults there are
 * @param span the time in which outages begin, epoch milliseconds
 */
export function makeFaultPlan(
  dice: Dice,
  kinds: readonly FaultKind[],
  span: { readonly fromMs: number; readonly untilMs: number },
): FaultPlan {
  const counts = new Map<FaultKind, number>(kinds.map((kind) => [kind, 0]));
  const outages = kinds.flatMap((kind) => outagesOf(dice.fork(kind), kind, span));
  const count = (kind: FaultKind): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);

  return {
    outages,
    counts,
    count,
    strikes(kind) {
      const strikes = kinds.includes(kind) && dice.chance(RATES[kind] ?? 0);
      if (strikes) count(kind);
      return strikes;
    },
    isDown(kind, nowMs) {
      const isDown = outages.some((it) => it.kind === kind && it.fromMs <= nowMs && nowMs < it.untilMs);
      if (isDown) count(kind);
      return isDown;
    },
  };
}

function outagesOf(dice: Dice, kind: FaultKind, span: { fromMs: number; untilMs: number }): Outage[] {
  const { lastsMs = 0, everyMs = Number.POSITIVE_INFINITY } = OUTAGES[kind] ?? {};
  const outages: Outage[] = [];
  // One of each kind comes early, so that a short run has it too.
  let fromMs = span.fromMs + dice.between(0, Math.min(everyMs, span.untilMs - span.fromMs));
  if (lastsMs === 0) return [];
  while (fromMs < span.untilMs) {
    outages.push({ kind, fromMs, untilMs: fromMs + lastsMs });
    fromMs += lastsMs + dice.between(0, 2 * everyMs);
  }
  return outages;
}
