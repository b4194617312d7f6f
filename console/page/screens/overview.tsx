/** The first screen: what needs a person now, and how the last hour went. */

import type { LastHour } from '../../server/metrics-source.ts';
import { read } from '../api.ts';
import { count } from '../format.ts';
import { troubles } from '../last-hour.ts';
import { connection, summary } from '../live.ts';
import { countIn, fleetsIn } from '../parts/filters.tsx';
import { HourTiles } from '../parts/hour-tiles.tsx';
import { Icon } from '../parts/icons.tsx';
import { PhaseLinks } from '../parts/phase-chips.tsx';
import { Failed, Loaded } from '../parts/states.tsx';
import { TokenCard } from '../parts/token-card.tsx';
import { UpstreamCard } from '../parts/upstream-card.tsx';
import { WaitingLead } from '../parts/waiting-lead.tsx';
import { useResource } from '../resource.ts';
import { href } from '../route.ts';
import { useStore } from '../store.ts';
import type { ConsoleConfig, Phase } from '../types.ts';
import { WAITING_PHASES } from '../words.ts';

/** The screen. */
export function OverviewScreen({ config }: { config: ConsoleConfig }) {
  const { lastOkMs, problem } = useStore(connection);
  // With nothing to show yet, the reason is the screen; later the banner tells it.
  if (lastOkMs === undefined && problem !== undefined) return <Failed problem={problem} />;
  return (
    <>
      <div class="head">
        <h1 tabIndex={-1}>Overview</h1>
      </div>
      <NeedsAPerson />
      {config.metrics ? <LastHourParts /> : <Lately />}
    </>
  );
}

function NeedsAPerson() {
  const now = useStore(summary);
  const fleets = fleetsIn(now).filter((fleet) => countIn(now, WAITING_PHASES, fleet) > 0);
  return (
    <section class="card needs">
      <div>
        <h2>Needs a person now</h2>
        <WaitingLead />
        <ul class="chips" aria-label="Waiting, by fleet">
          {fleets.map((fleet) => (
            <li key={fleet}>
              <a href={href(['waiting'], { fleet })} class="tone-waiting">
                <Icon name="person" />
                {fleet} <strong>{count(countIn(now, WAITING_PHASES, fleet))}</strong>
              </a>
            </li>
          ))}
        </ul>
      </div>
      {fleets.length > 0 && (
        <a class="button primary" href={href(['waiting'])}>
          Open the queue
        </a>
      )}
    </section>
  );
}

/** The broker on this machine counts for the console. */
function LastHourParts() {
  const resource = useResource('last hour', () => read<LastHour>('/metrics.json'));
  return (
    <>
      <h2 class="section-title">The last hour</h2>
      <Loaded resource={resource} what="the last hour">
        {(hour) => (
          <>
            <Troubles hour={hour} />
            <HourTiles hour={hour} />
            <div class="columns">
              <UpstreamCard hour={hour} />
              <TokenCard hour={hour} />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Troubles({ hour }: { hour: LastHour }) {
  const found = troubles(hour);
  if (found.length === 0) return null;
  return (
    <ul class="chips" aria-label="What went wrong">
      {found.map(({ name, count: number, place }) => (
        <li key={name}>
          <a href={place} class="tone-bad">
            <Icon name="warning" />
            <strong>{count(number)}</strong> {name}
          </a>
        </li>
      ))}
    </ul>
  );
}

const LATELY = ['authorized', 'claimed', 'denied', 'expired', 'failed'] as const satisfies readonly Phase[];

/** A broker on AWS: what it can be asked, and where the rest is. */
function Lately() {
  return (
    <section class="card">
      <h2>Lately</h2>
      <PhaseLinks phases={LATELY} label="Lately" />
      <p class="note">
        Times to approval, calls of AWS, poll lag, refreshes and refusals are in CloudWatch, namespace FleetTokenBroker.
      </p>
    </section>
  );
}
