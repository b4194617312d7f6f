import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Measurement } from '../core/measurements.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName, SERVICE_NAME } from '../core/metrics.ts';

/** Collects measurements and prints them as CloudWatch's embedded metric format (EMF). */
export interface MetricsRecorder {
  record(measurements: readonly Measurement[]): void;
  /** Prints what was recorded since the last time: one line for each set of dimension values. */
  publish(): void;
}

/** One line to be: measurements with the same dimension values. */
interface Group {
  readonly dimensions: Measurement['dimensions'];
  readonly values: Map<MetricName, number[]>;
}

/** An EMF metric holds 100 values; at that many Powertools prints by itself, and forgets the dimensions of what follows. */
const MAX_VALUES = 99;

/**
 * Makes a recorder. Lines are log bytes, and those are what metrics cost: counts are added up, durations share an array, so
 * a hundred polls print two lines. It is no matter which invocation prints what, so overlapping ones may share it.
 */
export function makeMetricsRecorder(): MetricsRecorder {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: SERVICE_NAME });
  const groups = new Map<string, Group>();

  function record({ metric, value, dimensions }: Measurement): void {
    const key = `${dimensions.fleet ?? ''} ${dimensions.outcome ?? ''}`;
    const group: Group = groups.get(key) ?? { dimensions, values: new Map() };
    groups.set(key, group);
    const values = group.values.get(metric) ?? [];
    group.values.set(metric, values);
    if (METRICS[metric].unit === 'Count' && values.length > 0) values[0] = (values[0] as number) + value;
    else values.push(value);
  }

  function print({ dimensions, values }: Group): void {
    for (let start = 0; ; start += MAX_VALUES) {
      for (const [name, value] of Object.entries(dimensions)) metrics.addDimension(name, value);
      for (const [metric, all] of values) {
        for (const value of all.slice(start, start + MAX_VALUES))
          metrics.addMetric(metric, METRICS[metric].unit, value);
      }
      metrics.publishStoredMetrics();
      if ([...values.values()].every(({ length }) => length <= start + MAX_VALUES)) return;
    }
  }

  return {
    record: (measurements) => measurements.forEach(record),
    publish() {
      const recorded = [...groups.values()];
      groups.clear();
      recorded.forEach(print);
    },
  };
}
