/** The numbers of this run: read off what the functions print, told as Prometheus and as the console take them. */

import { z } from 'zod';
import type { MetricsSource } from '../console/server/metrics-source.ts';
import type { Measurement } from '../lambda/core/measurements.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../lambda/core/metrics.ts';
import { makeLastHour } from './last-hour.ts';
import { GAUGES, makePrometheusTotals } from './prometheus-text.ts';

/** The numbers of this run. They begin at zero with every start, as Prometheus expects of counters. */
export interface LocalMetrics extends MetricsSource {
  /** Takes an entry of the functions' log; one that counts nothing is passed over. */
  take(entry: unknown): void;
}

/**
 * Makes the counters.
 *
 * @param now epoch milliseconds
 */
export function makeLocalMetrics(now: () => number): LocalMetrics {
  const totals = makePrometheusTotals();
  const hour = makeLastHour(now);
  return {
    take(entry) {
      for (const measurement of measurementsIn(entry)) {
        totals.add(measurement);
        // Of what is true now an hour has no sum.
        if (!GAUGES.has(measurement.metric)) hour.add(measurement);
      }
    },
    prometheusText: totals.text,
    lastHour: hour.read,
  };
}

/**
 * CloudWatch's embedded metric format, as far as it is looked at. Which dimensions a metric has is known from the catalogue.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const EMBEDDED_METRICS = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Namespace: z.string(), Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
});

/** A metric's member: one value, or all those of an invocation. */
const VALUES = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** What an entry of the log measures; nothing when it is no embedded metric of the catalogue. */
function measurementsIn(entry: unknown): readonly Measurement[] {
  const read = EMBEDDED_METRICS.safeParse(entry);
  if (!read.success) return [];
  return read.data._aws.CloudWatchMetrics.filter(({ Namespace }) => Namespace === METRIC_NAMESPACE)
    .flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name))
    .filter(isInCatalogue)
    .flatMap((metric) => {
      const dimensions = dimensionsOf(metric, read.data);
      const values = VALUES.safeParse(read.data[metric]);
      if (dimensions === undefined || !values.success) return [];
      return values.data.map((value) => ({ metric, value, dimensions }));
    });
}

const isInCatalogue = (name: string): name is MetricName => Object.hasOwn(METRICS, name);

/** @returns undefined when one is missing */
function dimensionsOf(
  metric: MetricName,
  entry: Readonly<Record<string, unknown>>,
): Measurement['dimensions'] | undefined {
  const found: Record<string, string> = {};
  for (const dimension of METRICS[metric].dimensions) {
    if (dimension === 'service') continue;
    const value = entry[dimension];
    if (typeof value !== 'string') return undefined;
    found[dimension] = value;
  }
  return found;
}
