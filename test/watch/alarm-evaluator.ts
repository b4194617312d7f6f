/**
 * CloudWatch's evaluation of alarms, as far as this stack uses it: statistics by period, metric math, M of N datapoints.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */

import { makeResolver, type Template } from '../../local/intrinsics.ts';

/** One value of one metric. */
export interface Sample {
  /** Namespace, name and dimensions, as `seriesOf` writes them. */
  readonly series: string;
  readonly value: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** An alarm of a template, with the names that things have on this machine. */
export interface AlarmDefinition {
  /** The logical id without what the CDK puts around it, such as `PollLag`. */
  readonly name: string;
  readonly description: string;
  readonly comparison: string;
  readonly threshold: number;
  readonly periods: number;
  readonly datapoints: number;
  readonly missing: string;
  readonly actions: readonly unknown[];
  readonly okActions: readonly unknown[];
  readonly metrics: readonly MetricOfAlarm[];
}

interface MetricOfAlarm {
  readonly id: string;
  readonly expression?: string;
  readonly series?: string;
  readonly stat?: string;
  readonly periodSeconds?: number;
  readonly isResult: boolean;
}

/** A metric's identity in one text: `namespace name dimension=value …`, dimensions by name. */
export function seriesOf(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return [namespace, name, ...sorted.map(([key, value]) => `${key}=${value}`)].join(' ');
}

/** The alarms of a template. */
export function alarmsOf(template: Template): AlarmDefinition[] {
  const resolve = makeResolver(template);
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, { Properties }]) => readAlarm(id, resolve(Properties) as AlarmProperties));
}

/** What the alarm said at the end of each of its periods, from the first sample until all of them are forgotten. */
export function statesOf(alarm: AlarmDefinition, samples: readonly Sample[]): ('OK' | 'ALARM')[] {
  const periodMs = 1000 * Math.max(...alarm.metrics.map(({ periodSeconds }) => periodSeconds ?? 0));
  const buckets = samples.map(({ atMs }) => Math.floor(atMs / periodMs));
  const first = Math.min(...buckets);
  const last = Math.max(...buckets) + alarm.periods;
  const own = new Set(alarm.metrics.map(({ series }) => series));
  const byPeriod = Map.groupBy(
    samples.filter(({ series }) => own.has(series)),
    ({ atMs }) => Math.floor(atMs / periodMs),
  );
  const breaches = Array.from({ length: last - first + 1 }, (_, index) =>
    isBreach(alarm, valueIn(alarm, byPeriod.get(first + index) ?? [])),
  );
  return breaches.map((_, index) => {
    const looked = breaches.slice(Math.max(0, index - alarm.periods + 1), index + 1);
    return looked.filter(Boolean).length >= alarm.datapoints ? 'ALARM' : 'OK';
  });
}

function isBreach({ comparison, threshold }: AlarmDefinition, value: number | undefined): boolean {
  if (value === undefined) return false;
  if (comparison === 'GreaterThanOrEqualToThreshold') return value >= threshold;
  if (comparison === 'LessThanThreshold') return value < threshold;
  throw new Error(`an unknown comparison: ${comparison}`);
}

/** The value of one period, from the samples in it. */
function valueIn(alarm: AlarmDefinition, samples: readonly Sample[]): number | undefined {
  const values = new Map<string, number | undefined>();
  for (const { id, series, stat = '' } of alarm.metrics.filter((metric) => metric.expression === undefined)) {
    const own = samples.filter((sample) => sample.series === series).map(({ value }) => value);
    values.set(id, statistic(stat, own));
  }
  const result = alarm.metrics.find(({ isResult }) => isResult);
  return result?.expression === undefined ? values.get(String(result?.id)) : calculate(result.expression, values);
}

function statistic(name: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  switch (name) {
    case 'Sum':
      return values.reduce((a, b) => a + b);
    case 'Maximum':
      return Math.max(...values);
    case 'Minimum':
      return Math.min(...values);
    case 'SampleCount':
      return values.length;
    default:
      throw new Error(`an unknown statistic: ${name}`);
  }
}

/** Metric math on single values. Its grammar is JavaScript's here, for the functions that this stack uses. */
function calculate(expression: string, values: ReadonlyMap<string, number | undefined>): number | undefined {
  const names = [...values.keys()];
  const functions = {
    FILL: (value: number | undefined, filling: number) => value ?? filling,
    IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
    MAX: (all: number[]) => Math.max(...all),
  };
  const unknown = (expression.match(/[A-Za-z_]\w*/g) ?? []).filter(
    (name) => !names.includes(name) && !(name in functions),
  );
  if (unknown.length > 0) throw new Error(`${expression} has ${unknown.join(', ')}`);
  const run = new Function(...Object.keys(functions), ...names, `return ${expression};`);
  // Without a single value there is nothing to fill.
  if ([...values.values()].every((value) => value === undefined)) return undefined;
  const value = run(...Object.values(functions), ...values.values()) as number;
  return Number.isFinite(value) ? value : undefined;
}

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly ComparisonOperator: string;
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData: string;
  readonly AlarmActions: readonly unknown[];
  readonly OKActions: readonly unknown[];
  readonly Metrics?: readonly RawMetric[];
}

interface RawMetric {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: { Namespace: string; MetricName: string; Dimensions?: readonly { Name: string; Value: string }[] };
    readonly Period: number;
    readonly Stat: string;
  };
}

function readAlarm(id: string, properties: AlarmProperties): AlarmDefinition {
  const { Metrics } = properties;
  if (Metrics === undefined) throw new Error(`${id} has its metric in a form that is not read here`);
  return {
    name: id.replace(/^BrokerAlarms/, '').replace(/[0-9A-F]{8}$/, ''),
    description: properties.AlarmDescription,
    comparison: properties.ComparisonOperator,
    threshold: properties.Threshold,
    periods: properties.EvaluationPeriods,
    datapoints: properties.DatapointsToAlarm ?? properties.EvaluationPeriods,
    missing: properties.TreatMissingData,
    actions: properties.AlarmActions,
    okActions: properties.OKActions,
    metrics: Metrics.map(readMetric),
  };
}

function readMetric({ Id, Expression, ReturnData, MetricStat }: RawMetric): MetricOfAlarm {
  if (Expression !== undefined) return { id: Id, expression: Expression, isResult: ReturnData !== false };
  if (MetricStat === undefined) throw new Error(`${Id} is neither metric nor expression`);
  const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric;
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const series = seriesOf(Namespace, MetricName, dimensions);
  return { id: Id, series, stat: MetricStat.Stat, periodSeconds: MetricStat.Period, isResult: ReturnData !== false };
}
