import type { LastHour } from '../../server/metrics-source.ts';
import { count, elapsed } from '../format.ts';
import { upstreamRows } from '../last-hour.ts';

/** How AWS answered in the last hour, operation by operation. */
export function UpstreamCard({ hour }: { hour: LastHour }) {
  const rows = upstreamRows(hour);
  return (
    <section class="card">
      <h2>AWS Identity Center</h2>
      {rows.length === 0 ? (
        <p class="quiet">The broker had nothing to ask AWS.</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col">Calls</th>
              <th scope="col">Failed</th>
              <th scope="col">Throttled</th>
              <th scope="col">Median</th>
              <th scope="col">9 of 10</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ operation, calls, failed, throttled, latency, place }) => (
              <tr key={operation}>
                <th scope="row">
                  <a href={place}>{operation}</a>
                </th>
                <td data-label="Calls">{count(calls)}</td>
                <Bad label="Failed" number={failed} />
                <Bad label="Throttled" number={throttled} />
                <td data-label="Median">{latency && elapsed(latency.medianSeconds)}</td>
                <td data-label="9 of 10">{latency && elapsed(latency.p90Seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Bad({ label, number }: { label: string; number: number }) {
  return (
    <td data-label={label} class={number > 0 ? 'is-bad' : 'quiet'}>
      {count(number)}
    </td>
  );
}
