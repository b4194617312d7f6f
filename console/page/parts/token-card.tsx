import type { MetricName } from '../../../lambda/core/metrics.ts';
import type { LastHour } from '../../server/metrics-source.ts';
import { count, elapsed } from '../format.ts';
import { refusals } from '../last-hour.ts';
import { href } from '../route.ts';
import { Facts } from './facts.tsx';

/** How polling and tokens went in the last hour, and what the API refused. */
export function TokenCard({ hour }: { hour: LastHour }) {
  const { PollLag: lag } = hour.measured;
  const delivered = href(['sessions'], { phase: 'claimed' });
  const facts = {
    'Poll lag': lag && (
      <a href={href(['sessions'], { phase: 'pending' })}>
        {elapsed(lag.medianSeconds)} median; 9 of 10 within {elapsed(lag.p90Seconds)}
      </a>
    ),
    'Tokens delivered': linked(hour, 'TokensDelivered', delivered),
    'Delivered again': linked(hour, 'TokensRedelivered', delivered),
    Refreshes: linked(hour, 'TokenRefreshes', href(['clients'])),
    'Sign-ins ended': linked(hour, 'GrantsEnded', href(['clients'])),
    'Role credentials': linked(hour, 'RoleCredentialsIssued', href(['clients'])),
  };
  const isQuiet = Object.values(facts).every((fact) => fact === undefined);
  return (
    <section class="card">
      <h2>Polling and tokens</h2>
      {isQuiet ? <p class="quiet">Nothing was polled, delivered or refreshed.</p> : <Facts facts={facts} />}
      <Refusals hour={hour} />
    </section>
  );
}

/** The numbers by fleet or outcome. */
function linked({ counted }: LastHour, metric: MetricName, place: string) {
  const hour = counted[metric];
  if (hour === undefined) return undefined;
  const parts = Object.entries(hour.by).map(([name, number]) => `${count(number)} ${name}`);
  return <a href={place}>{parts.join(', ')}</a>;
}

function Refusals({ hour }: { hour: LastHour }) {
  const reasons = refusals(hour);
  return (
    <>
      <h3>Refused by the API</h3>
      {reasons.length === 0 && <p class="quiet">No request was refused.</p>}
      <ul class="chips">
        {reasons.map(({ name, count: number, place }) => (
          <li key={name}>
            <a href={place}>
              <span class="mono">{name}</span> <strong>{count(number)}</strong>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
