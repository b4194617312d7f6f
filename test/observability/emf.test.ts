import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { makeMetricsRecorder } from '../../lambda/adapters/metrics.ts';
import { logger, observe, publishMetrics } from '../../lambda/adapters/observer.ts';
import type { Measurement } from '../../lambda/core/measurements.ts';
import { makeFakeClock, START_MS } from '../support/fake-clock.ts';
import { metricsIn, printedBy } from './emf-lines.ts';

/** What a recorder prints of these, published once. */
async function published(measurements: readonly Measurement[]): Promise<string[]> {
  const recorder = makeMetricsRecorder(makeFakeClock());
  return printedBy(() => {
    recorder.record(measurements);
    recorder.publish();
  });
}

const started = (fleet: string): Measurement => ({ metric: 'SessionsStarted', value: 1, dimensions: { fleet } });
const lag = (value: number): Measurement => ({ metric: 'PollLag', value, dimensions: {} });

describe('the metrics of an invocation', () => {
  it('are as few lines as hold them: a line gives a dimension one value', async () => {
    const lines = await published([started('kiosks'), started('signs'), started('kiosks'), lag(5), lag(7)]);

    expect(lines.flatMap(metricsIn)).toEqual([
      {
        name: 'SessionsStarted',
        unit: 'Count',
        dimensions: ['service=fleet-token-broker', 'fleet=kiosks'],
        values: [2],
      },
      { name: 'PollLag', unit: 'Milliseconds', dimensions: ['service=fleet-token-broker'], values: [5, 7] },
      {
        name: 'SessionsStarted',
        unit: 'Count',
        dimensions: ['service=fleet-token-broker', 'fleet=signs'],
        values: [1],
      },
    ]);
    expect(lines.map((line) => metricsIn(line).map(({ name }) => name))).toEqual([
      ['SessionsStarted', 'PollLag'],
      ['SessionsStarted'],
    ]);
  });

  it('share a line when one counts by fleet and one by outcome', async () => {
    const called: Measurement = { metric: 'CreateTokenCalls', value: 1, dimensions: { outcome: 'tokens' } };

    const lines = await published([called, started('kiosks')]);

    expect(lines).toHaveLength(1);
    expect(lines.flatMap(metricsIn).map(({ name, dimensions }) => [name, ...dimensions])).toEqual([
      ['CreateTokenCalls', 'service=fleet-token-broker', 'outcome=tokens'],
      ['SessionsStarted', 'service=fleet-token-broker', 'fleet=kiosks'],
    ]);
  });

  it('are of the moment that they are printed at', async () => {
    const [line = ''] = await published([started('kiosks')]);

    expect(JSON.parse(line)._aws.Timestamp).toBe(START_MS);
  });

  it('keep every duration, every count and their dimensions, however many: 100 values a line at most', async () => {
    const durations = Array.from({ length: 250 }, (_, index) => index);
    const approved = (value: number): Measurement[] => [
      { metric: 'TimeToApproval', value, dimensions: { fleet: 'kiosks' } },
      { metric: 'SessionsApproved', value: 1, dimensions: { fleet: 'kiosks' } },
    ];

    const metrics = (await published(durations.flatMap(approved))).flatMap(metricsIn);

    const valuesOf = (wanted: string) => metrics.filter(({ name }) => name === wanted).flatMap(({ values }) => values);
    expect([valuesOf('TimeToApproval'), valuesOf('SessionsApproved')]).toEqual([durations, [250]]);
    expect(metrics.every(({ values }) => values.length <= 100)).toBe(true);
    expect(new Set(metrics.flatMap(({ dimensions }) => dimensions[1]))).toEqual(new Set(['fleet=kiosks']));
  });

  it('are printed once, and nothing is when nothing was counted', async () => {
    const recorder = makeMetricsRecorder(makeFakeClock());
    recorder.record([started('kiosks')]);

    expect(await printedBy(recorder.publish)).toHaveLength(1);
    expect(await printedBy(recorder.publish)).toEqual([]);
  });
});

describe('a handler that publishes', () => {
  logger.setLogLevel('SILENT');
  const call = (work: () => void) =>
    middy()
      .use(publishMetrics())
      .handler(async () => work())({}, {} as Context);
  const count = (): void => observe({ event: 'stream_read', ageMs: 40 });

  it('prints what the invocation counted', async () => {
    const lines = await printedBy(() => call(count));

    expect(lines.flatMap(metricsIn)).toMatchObject([{ name: 'StreamAge', values: [40] }]);
  });

  it('prints it also when the invocation fails, and the failure goes on', async () => {
    const failing = (): void => {
      count();
      throw new Error('the table is gone');
    };

    let outcome: unknown;
    const lines = await printedBy(async () => {
      outcome = await call(failing).catch((error: unknown) => error);
    });

    expect(outcome).toEqual(new Error('the table is gone'));
    expect(lines.flatMap(metricsIn)).toMatchObject([{ name: 'StreamAge', values: [40] }]);
  });
});
