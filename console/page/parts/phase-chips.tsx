/** Phases with their counts. */

import { count } from '../format.ts';
import { summary } from '../live.ts';
import { href, useRoute } from '../route.ts';
import { useStore } from '../store.ts';
import type { Phase } from '../types.ts';
import { ALL_PHASES, PHASE_WORDS } from '../words.ts';
import { countIn } from './filters.tsx';
import { Icon } from './icons.tsx';

interface PhaseLinksProps {
  readonly phases: readonly Phase[];
  readonly label: string;
}

/** Some phases and how many sessions are in them, each a way to those. */
export function PhaseLinks({ phases, label }: PhaseLinksProps) {
  const now = useStore(summary);
  return (
    <ul class="outcomes" aria-label={label}>
      {phases.map((phase) => {
        const { tone, meaning, icon, label: name } = PHASE_WORDS[phase];
        return (
          <li key={phase}>
            <a href={href(['sessions'], { phase })} class={`tone-${tone}`} title={meaning}>
              <Icon name={icon} />
              <strong>{count(countIn(now, [phase]))}</strong> {name}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** The phases with their counts; each leads to the sessions that it counts. */
export function PhaseChips({ phase, fleet }: { phase: Phase | undefined; fleet: string }) {
  const now = useStore(summary);
  const { path, params } = useRoute();
  const place = (chosen: string): string => href(path, { ...params, phase: chosen, cursor: '' });
  return (
    <ul class="chips" aria-label="Status">
      <li>
        <a href={place('')} {...(phase === undefined && { 'aria-current': 'true' })}>
          All <strong>{count(countIn(now, ALL_PHASES, fleet))}</strong>
        </a>
      </li>
      {ALL_PHASES.map((one) => {
        const { label, meaning, icon, tone } = PHASE_WORDS[one];
        const number = countIn(now, [one], fleet);
        return (
          <li key={one}>
            <a
              href={place(one)}
              class={`tone-${tone} ${number === 0 ? 'is-none' : ''}`}
              title={meaning}
              {...(phase === one && { 'aria-current': 'true' })}
            >
              <Icon name={icon} />
              {label} <strong>{count(number)}</strong>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
