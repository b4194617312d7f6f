/** The broker's own metrics for alarms and dashboards, by the names of the catalogue and no others. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, type METRICS, type MetricName, SERVICE_NAME } from '../../lambda/core/metrics.ts';

/** The metrics that a fleet has each for itself. */
export type FleetMetricName = {
  [Name in MetricName]: 'fleet' extends (typeof METRICS)[Name]['dimensions'][number] ? Name : never;
}[MetricName];

/** The metrics that the whole service has once. */
export type ServiceMetricName = {
  [Name in MetricName]: (typeof METRICS)[Name]['dimensions']['length'] extends 1 ? Name : never;
}[MetricName];

/** How values are put together. */
export interface Reading {
  /** CloudWatch's name of it, such as `Sum` or `p95`. */
  readonly statistic: string;
  readonly periodSeconds: number;
  /** What people read in a graph. @default - the metric's name */
  readonly label?: string;
}

/** A metric of the whole service. */
export function serviceMetric(name: ServiceMetricName, reading: Reading): cloudwatch.Metric {
  return metric(name, {}, reading);
}

/** A metric of one fleet. */
export function fleetMetric(name: FleetMetricName, fleet: string, reading: Reading): cloudwatch.Metric {
  return metric(name, { fleet }, reading);
}

/** A count of all fleets together: one metric when there is one fleet, their sum when there are more. */
export function acrossFleets(name: FleetMetricName, fleets: readonly string[], reading: Reading): cloudwatch.IMetric {
  const [only, ...others] = fleets.map((fleet) => fleetMetric(name, fleet, reading));
  if (only === undefined) throw new Error('a broker has at least one fleet');
  return others.length === 0 ? only : sumOf(name, [only, ...others], reading);
}

/**
 * A sum in which a metric without values counts as nothing: CloudWatch itself would then know no sum.
 *
 * @param name begins the names of its members, which must be unique in a graph
 */
export function sumOf(
  name: string,
  metrics: readonly cloudwatch.IMetric[],
  reading: Reading,
): cloudwatch.MathExpression {
  const ids = metrics.map((_, index) => `${name.charAt(0).toLowerCase()}${name.slice(1)}${index}`);
  return new cloudwatch.MathExpression({
    expression: ids.map((id) => `FILL(${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((each, index) => [ids[index] as string, each])),
    period: Duration.seconds(reading.periodSeconds),
    label: reading.label ?? name,
  });
}

function metric(name: MetricName, own: Readonly<Record<string, string>>, reading: Reading): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { service: SERVICE_NAME, ...own },
    statistic: reading.statistic,
    period: Duration.seconds(reading.periodSeconds),
    label: reading.label ?? name,
  });
}
