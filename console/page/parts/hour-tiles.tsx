/** What became of sessions in the last hour: a number each, how it came about, and the way to those it counts. */

import type { MetricName } from '../../../lambda/core/metrics.ts';
import type { LastHour } from '../../server/metrics-source.ts';
import { serverNowMs } from '../clock.ts';
import { count, elapsed } from '../format.ts';
import { href } from '../route.ts';
import type { Phase } from '../types.ts';
import { PHASE_WORDS, type Tone } from '../words.ts';
import { Icon, type IconName } from './icons.tsx';
import { Sparkline } from './sparkline.tsx';

interface TileWords {
  readonly metric: MetricName;
  readonly label: string;
  readonly icon: IconName;
  readonly tone: Tone;
  /** Undefined: all that were asked for in the hour. */
  readonly phase?: Phase;
}

const TILES: readonly TileWords[] = [
  { metric: 'SessionsStarted', label: 'Started', icon: 'clock', tone: 'active' },
  { ...PHASE_WORDS.authorized, metric: 'SessionsApproved', phase: 'claimed' },
  { ...PHASE_WORDS.denied, metric: 'SessionsDenied', phase: 'denied' },
  { ...PHASE_WORDS.expired, metric: 'SessionsExpired', phase: 'expired' },
];

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const QUIET_HOUR: readonly number[] = Array.from({ length: 60 }, () => 0);

/** The tiles. */
export function HourTiles({ hour }: { hour: LastHour }) {
  const since = new Date(Math.floor((serverNowMs() - HOUR_MS) / MINUTE_MS) * MINUTE_MS).toISOString();
  const approval = hour.measured.TimeToApproval;
  return (
    <ul class="tiles">
      {TILES.map(({ metric, label, icon, tone, phase }) => {
        const { total, perMinute } = hour.counted[metric] ?? { total: 0, perMinute: QUIET_HOUR };
        return (
          <li key={metric}>
            <a class={`tile tone-${tone}`} href={href(['sessions'], phase === undefined ? { since } : { phase })}>
              <span class="label">
                <Icon name={icon} />
                {label}
              </span>
              <strong>{count(total)}</strong>
              <Sparkline perMinute={perMinute} />
            </a>
          </li>
        );
      })}
      <li>
        <a class="tile tone-waiting" href={href(['waiting'])}>
          <span class="label">
            <Icon name="person" />
            Time to approval
          </span>
          <strong>{approval === undefined ? '–' : elapsed(approval.medianSeconds)}</strong>
          <span class="quiet">
            {approval === undefined ? 'Nobody approved' : `median; 9 of 10 within ${elapsed(approval.p90Seconds)}`}
          </span>
        </a>
      </li>
    </ul>
  );
}
