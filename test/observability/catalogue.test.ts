import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measurementsOf } from '../../lambda/core/measurements.ts';
import { METRICS, type MetricDefinition } from '../../lambda/core/metrics.ts';
import { EVERY_EVENT } from './every-event.ts';

const catalogue = Object.entries<MetricDefinition>(METRICS);
const measured = Object.values(EVERY_EVENT).flat().flatMap(measurementsOf);

describe('the catalogue of metrics', () => {
  it('is told in docs/metrics.md: each metric with its unit, its dimensions and its meaning', () => {
    const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([\w, ]+?) +\| (.+?) +\|$/gm)].map((row) => row.slice(1));

    expect(rows.toSorted()).toEqual(
      catalogue.map(([name, { unit, dimensions, meaning }]) => [name, unit, dimensions.join(', '), meaning]).toSorted(),
    );
  });

  it('has no metric that nothing counts', () => {
    expect([...new Set(measured.map(({ metric }) => metric))].toSorted()).toEqual(
      catalogue.map(([name]) => name).toSorted(),
    );
  });

  it('is kept to: every value comes with exactly the dimensions of its metric', () => {
    for (const { metric, dimensions } of measured) {
      expect([metric, 'service', ...Object.keys(dimensions)]).toEqual([metric, ...METRICS[metric].dimensions]);
    }
  });

  it('has dimensions of service, fleet and outcome alone, always the service', () => {
    for (const [, { dimensions }] of catalogue) {
      expect(dimensions[0]).toBe('service');
      expect(dimensions.slice(1).every((name) => name === 'fleet' || name === 'outcome')).toBe(true);
    }
  });
});

describe('what an event counts', () => {
  const countedBy = (event: Parameters<typeof measurementsOf>[0]) =>
    measurementsOf(event).map(({ metric, value, dimensions }) => [metric, value, dimensions]);
  const about = { sessionId: 's', clientId: 'c', fleet: 'kiosks' };

  it('an approval counts once, with the time that the device waited for it in seconds', () => {
    expect(countedBy({ event: 'session_settled', ...about, phase: 'authorized', waitedMs: 12_500 })).toEqual([
      ['SessionsApproved', 1, { fleet: 'kiosks' }],
      ['TimeToApproval', 12.5, { fleet: 'kiosks' }],
    ]);
  });

  it.each(['throttled', 'server_error', 'timeout', 'network', 'unavailable'] as const)(
    'a call that ends in %s is an upstream failure beside its outcome',
    (outcome) => {
      expect(countedBy({ event: 'upstream_called', operation: 'CreateToken', outcome, latencyMs: 30 })).toEqual([
        ['CreateTokenCalls', 1, { outcome }],
        ['CreateTokenLatency', 30, {}],
        ['UpstreamFailures', 1, {}],
      ]);
    },
  );

  it.each(['pending', 'slow_down', 'denied', 'expired', 'tokens'] as const)(
    'a call that is answered with %s is none',
    (outcome) => {
      const counted = countedBy({ event: 'upstream_called', operation: 'CreateToken', outcome, latencyMs: 30 });

      expect(counted.map(([metric]) => metric)).toEqual(['CreateTokenCalls', 'CreateTokenLatency']);
    },
  );

  it.each([
    { outcome: 'tokens', fails: false },
    { outcome: 'invalid_grant', fails: false },
    { outcome: 'unavailable', fails: true },
    { outcome: 'refused', fails: true },
    { outcome: 'invalid_client', fails: true },
  ] as const)('a refresh that comes to $outcome is a failure: $fails', ({ outcome, fails }) => {
    const counted = countedBy({ event: 'refreshed', ...about, outcome }).map(([metric]) => metric);

    expect(counted).toEqual(fails ? ['TokenRefreshes', 'RefreshFailures'] : ['TokenRefreshes']);
  });

  it('only the first delivery is one, the others are repeats', () => {
    const metricOf = (delivery: number) => countedBy({ event: 'tokens_delivered', ...about, delivery })[0]?.[0];

    expect([1, 2, 5].map(metricOf)).toEqual(['TokensDelivered', 'TokensRedelivered', 'TokensRedelivered']);
  });

  it('a poll that leaves its session pending is counted as a call alone', () => {
    expect(countedBy({ event: 'upstream_polled', ...about, outcome: 'pending', latencyMs: 30 })).toEqual([]);
  });
});
