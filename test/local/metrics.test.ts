import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeMetricsRecorder } from '../../lambda/adapters/metrics.ts';
import { type Measurement, measurementsOf } from '../../lambda/core/measurements.ts';
import { METRICS } from '../../lambda/core/metrics.ts';
import { type LocalMetrics, makeLocalMetrics } from '../../local/metrics.ts';
import { printedBy } from '../observability/emf-lines.ts';
import { EVERY_EVENT } from '../observability/every-event.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { type Family, parsePrometheus } from './prometheus-parser.ts';

const started = (fleet: string, value = 1): Measurement => ({
  metric: 'SessionsStarted',
  value,
  dimensions: { fleet },
});
const lag = (value: number): Measurement => ({ metric: 'PollLag', value, dimensions: {} });
const oldest = (value: number): Measurement => ({
  metric: 'OldestWaiting',
  value,
  dimensions: { fleet: 'kiosks' },
});

const MINUTE_MS = 60_000;

function makeRun() {
  const clock = makeFakeClock();
  const metrics = makeLocalMetrics(clock.nowMs);
  return {
    clock,
    metrics,
    /** A function prints these at the end of an invocation, as it does on Lambda. */
    print: (...measurements: Measurement[]) => print(metrics, measurements),
    family: (name: string): Family =>
      parsePrometheus(metrics.prometheusText()).get(name) ?? expect.fail(`${name} is not told`),
  };
}

async function print(metrics: LocalMetrics, measurements: readonly Measurement[]): Promise<void> {
  const recorder = makeMetricsRecorder(makeFakeClock());
  const lines = await printedBy(() => {
    recorder.record(measurements);
    recorder.publish();
  });
  for (const line of lines) metrics.take(JSON.parse(line));
}

describe('the numbers for Prometheus', () => {
  it('are in its text format, with every metric of the catalogue once all has happened', async () => {
    const run = makeRun();
    await run.print(...Object.values(EVERY_EVENT).flatMap((events) => events.flatMap(measurementsOf)));

    const families = parsePrometheus(run.metrics.prometheusText());

    expect([...families.values()].map(({ help }) => help)).toEqual(
      Object.values(METRICS).map(({ meaning }) => meaning),
    );
  });

  it('have the names that the docs give them', async () => {
    const run = makeRun();
    await run.print(...Object.values(EVERY_EVENT).flatMap((events) => events.flatMap(measurementsOf)));
    const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const told = [...docs.matchAll(/`(ftb_\w+)/g)].map(([, name]) => name);

    const families = parsePrometheus(run.metrics.prometheusText());

    expect(told.length).toBeGreaterThan(3);
    expect(told.filter((name) => !families.has(name ?? ''))).toEqual([]);
  });

  it('add counts up by fleet, over invocations', async () => {
    const run = makeRun();
    await run.print(started('kiosks'), started('gateways'), started('kiosks'));
    await run.print(started('kiosks'));

    expect(run.family('ftb_sessions_started_total')).toMatchObject({
      type: 'counter',
      samples: [
        { labels: { fleet: 'kiosks' }, value: 3 },
        { labels: { fleet: 'gateways' }, value: 1 },
      ],
    });
  });

  it('sort durations into buckets, in seconds whatever CloudWatch has them in', async () => {
    const run = makeRun();
    await run.print(lag(100), lag(101), lag(90_000));

    const { type, samples } = run.family('ftb_poll_lag_seconds');

    const at = (le: string) => samples.find(({ labels }) => labels.le === le)?.value;
    expect(type).toBe('histogram');
    expect([at('0.05'), at('0.1'), at('0.25'), at('60'), at('+Inf')]).toEqual([0, 1, 2, 2, 3]);
    expect(samples.find(({ name }) => name.endsWith('_sum'))?.value).toBeCloseTo(90.201);
  });

  it('tell what is true now as it was told last', async () => {
    const run = makeRun();
    await run.print(oldest(300));
    await run.print(oldest(12));

    expect(run.family('ftb_oldest_waiting_seconds')).toMatchObject({
      type: 'gauge',
      samples: [{ labels: { fleet: 'kiosks' }, value: 12 }],
    });
  });

  it('begin at zero where that is known beforehand, so that the first failure is a rise', () => {
    expect(makeRun().family('ftb_requests_failed_total').samples).toEqual([
      { name: 'ftb_requests_failed_total', labels: {}, value: 0 },
    ]);
  });

  it('survive whatever is in a name', async () => {
    const run = makeRun();
    const fleet = 'a "quoted" \\ name\nof two lines';
    await run.print(started(fleet));

    expect(run.family('ftb_sessions_started_total').samples).toMatchObject([{ labels: { fleet }, value: 1 }]);
  });

  it('take no notice of lines that are no metrics of the broker', () => {
    const run = makeRun();
    const before = run.metrics.prometheusText();
    const directive = (Namespace: string, Name: string) => ({
      _aws: { CloudWatchMetrics: [{ Namespace, Dimensions: [['service']], Metrics: [{ Name, Unit: 'Count' }] }] },
    });

    for (const entry of [
      'text',
      null,
      { message: 'polled', PollsFailed: 1 },
      { _aws: 7 },
      { ...directive('Another', 'PollsFailed'), PollsFailed: 1 },
      { ...directive('FleetTokenBroker', 'toString'), toString: 1 },
      { ...directive('FleetTokenBroker', 'PollsFailed'), PollsFailed: 'many' },
      { ...directive('FleetTokenBroker', 'SessionsStarted'), SessionsStarted: 1 },
    ]) {
      run.metrics.take(entry);
    }

    expect(run.metrics.prometheusText()).toBe(before);
  });
});

describe('the last hour', () => {
  it('has a number for every minute, the newest last', async () => {
    const run = makeRun();
    await run.print(started('kiosks', 2));
    run.clock.advance(3 * MINUTE_MS);
    await run.print(started('kiosks'), started('gateways'));

    const { total, perMinute, by } = run.metrics.lastHour().counted.SessionsStarted ?? expect.fail('nothing counted');

    expect(total).toBe(4);
    expect(perMinute).toHaveLength(60);
    expect(perMinute.slice(-5)).toEqual([0, 2, 0, 0, 2]);
    expect(by).toEqual({ kiosks: 3, gateways: 1 });
  });

  it('forgets what is older', async () => {
    const run = makeRun();
    await run.print(started('kiosks'), lag(5));
    run.clock.advance(59 * MINUTE_MS);
    expect(run.metrics.lastHour().counted.SessionsStarted?.perMinute[0]).toBe(1);

    run.clock.advance(MINUTE_MS);

    expect(run.metrics.lastHour()).toEqual({ counted: {}, measured: {} });
  });

  it('has the median of durations, and what nine of ten did not exceed', async () => {
    const run = makeRun();
    await run.print(...[9, 1, 2, 3, 4, 5, 6, 7, 8, 10].map((seconds) => lag(1000 * seconds)));

    expect(run.metrics.lastHour().measured.PollLag).toEqual({ count: 10, medianSeconds: 5, p90Seconds: 9 });
  });

  it('adds up nothing that is true now', async () => {
    const run = makeRun();
    await run.print(oldest(300), { metric: 'SessionsWaiting', value: 3, dimensions: { fleet: 'kiosks' } });

    expect(run.metrics.lastHour()).toEqual({ counted: {}, measured: {} });
  });

  it('keeps a bounded number of durations, the newest', async () => {
    const run = makeRun();
    await run.print(...Array.from({ length: 2_000 }, () => lag(1_000)));
    await run.print(...Array.from({ length: 1_000 }, () => lag(2_000)));

    expect(run.metrics.lastHour().measured.PollLag).toEqual({ count: 1_000, medianSeconds: 2, p90Seconds: 2 });
  });
});
