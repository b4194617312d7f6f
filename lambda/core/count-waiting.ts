import type { Observe } from './events.ts';
import type { Clock } from './ports.ts';
import { phaseAt } from './session.ts';
import { createdAtMsOf } from './session-directory.ts';
import type { SessionTally } from './session-summary.ts';

export interface CountWaitingDependencies {
  readonly tally: SessionTally;
  /** Names of the configured fleets: each is told, also when nobody waits, so that a gauge falls back to 0. */
  readonly fleets: readonly string[];
  readonly clock: Clock;
  readonly observe: Observe;
}

/** Counts who waits for a person, by fleet, from the index alone: what gauges show may be a second old. */
export function makeCountWaiting({ tally, fleets, clock, observe }: CountWaitingDependencies) {
  return async function countWaiting(): Promise<void> {
    const nowMs = clock.nowMs();
    const waiting = new Map(fleets.map((fleet) => [fleet, { waiting: 0, oldestMs: nowMs }]));
    await tally.visit(['awaiting_operator', 'pending'], (entry) => {
      const phase = phaseAt(entry, nowMs);
      if (phase !== 'awaiting_operator' && phase !== 'pending') return;
      const seen = waiting.get(entry.fleet) ?? { waiting: 0, oldestMs: nowMs };
      const oldestMs = Math.min(seen.oldestMs, createdAtMsOf(entry));
      waiting.set(entry.fleet, { waiting: seen.waiting + 1, oldestMs });
    });
    for (const [fleet, { waiting: count, oldestMs }] of waiting) {
      const oldestSeconds = Math.floor((nowMs - oldestMs) / 1000);
      observe({ event: 'waiting_counted', fleet, waiting: count, oldestSeconds });
    }
  };
}
