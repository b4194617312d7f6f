/** Filters that several screens have. */

import { count } from '../format.ts';
import { summary } from '../live.ts';
import { useStore } from '../store.ts';
import type { Phase, Summary } from '../types.ts';

/** How many sessions are in these phases, in one fleet or (empty) in all. */
export function countIn(summaryNow: Summary | undefined, phases: readonly Phase[], fleet = ''): number {
  return (summaryNow?.counts ?? [])
    .filter((one) => phases.includes(one.phase) && (fleet === '' || one.fleet === fleet))
    .reduce((sum, one) => sum + one.count, 0);
}

/** The fleets that have sessions, by name. */
export function fleetsIn(summaryNow: Summary | undefined): string[] {
  return [...new Set((summaryNow?.counts ?? []).map(({ fleet }) => fleet))].sort();
}

interface FleetFilterProps {
  readonly fleet: string;
  /** The phases that the numbers beside the fleets count. */
  readonly phases: readonly Phase[];
  readonly onChange: (fleet: string) => void;
}

/** Chooses one fleet, or all. */
export function FleetFilter({ fleet, phases, onChange }: FleetFilterProps) {
  const now = useStore(summary);
  const fleets = [...new Set([...fleetsIn(now), ...(fleet === '' ? [] : [fleet])])];
  return (
    <label class="select">
      <span class="unseen">Fleet</span>
      <select value={fleet} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">All fleets</option>
        {fleets.map((name) => (
          <option key={name} value={name}>
            {name} ({count(countIn(now, phases, name))})
          </option>
        ))}
      </select>
    </label>
  );
}
