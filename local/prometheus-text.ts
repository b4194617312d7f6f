/** Everything since the start, in Prometheus' text format 0.0.4. */

import type { Measurement } from '../lambda/core/measurements.ts';
import { METRICS, type MetricDefinition, type MetricName } from '../lambda/core/metrics.ts';

/** Adds measurements up. */
export interface PrometheusTotals {
  add(measurement: Measurement): void;
  /** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string;
}

/** What is true now and not added up. */
export const GAUGES: ReadonlySet<MetricName> = new Set(['SessionsWaiting', 'OldestWaiting', 'RegistrationSecondsLeft']);

/** Upper bounds in seconds: of calls and lags, which CloudWatch has in milliseconds. */
const CALL_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** And of people, which it has in seconds. */
const PEOPLE_BOUNDS = [10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400];

type Kind = 'counter' | 'gauge' | 'histogram';

interface Family {
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  /** By labels, as they are written. */
  readonly series: Map<string, Series>;
}

/** A counter and a gauge have their sum alone. */
interface Series {
  sum: number;
  count: number;
  /** How many values were at most each bound. */
  readonly atMost: { readonly boundSeconds: number; count: number }[];
}

/** Makes totals that are all zero. */
export function makePrometheusTotals(): PrometheusTotals {
  const names = Object.keys(METRICS) as MetricName[];
  const families = new Map(names.map((metric) => [metric, familyOf(metric)]));
  return {
    add({ metric, value, dimensions }) {
      const family = families.get(metric);
      if (family === undefined) return;
      const labels = labelsOf(dimensions);
      const series = family.series.get(labels) ?? newSeries(metric);
      family.series.set(labels, series);
      observe(series, family.kind, METRICS[metric].unit === 'Milliseconds' ? value / 1000 : value);
    },
    text: () => [...families.values()].flatMap(linesOf).join(''),
  };
}

function familyOf(metric: MetricName): Family {
  const definition: MetricDefinition = METRICS[metric];
  const kind = kindOf(metric);
  // What has no labels is known to be zero before it happens first; a label's values are not known beforehand.
  const startsAtZero = kind !== 'gauge' && definition.dimensions.length === 1;
  const series = new Map(startsAtZero ? [['', newSeries(metric)]] : []);
  return { name: nameOf(metric), kind, help: escaped(definition.meaning), series };
}

function kindOf(metric: MetricName): Kind {
  if (GAUGES.has(metric)) return 'gauge';
  return METRICS[metric].unit === 'Count' ? 'counter' : 'histogram';
}

/**
 * `PollLag` becomes `ftb_poll_lag_seconds`, `SessionsStarted` becomes `ftb_sessions_started_total`.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
function nameOf(metric: MetricName): string {
  const words = metric.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  const unit = METRICS[metric].unit === 'Count' ? [] : ['seconds'];
  const total = kindOf(metric) === 'counter' ? ['total'] : [];
  return ['ftb', ...words.filter((word) => word !== 'seconds'), ...unit, ...total].join('_');
}

function newSeries(metric: MetricName): Series {
  const bounds = METRICS[metric].unit === 'Milliseconds' ? CALL_BOUNDS : PEOPLE_BOUNDS;
  const atMost = kindOf(metric) === 'histogram' ? bounds.map((boundSeconds) => ({ boundSeconds, count: 0 })) : [];
  return { sum: 0, count: 0, atMost };
}

function observe(series: Series, kind: Kind, value: number): void {
  series.sum = kind === 'gauge' ? value : series.sum + value;
  series.count += 1;
  for (const bucket of series.atMost) if (value <= bucket.boundSeconds) bucket.count += 1;
}

function labelsOf(dimensions: Measurement['dimensions']): string {
  return Object.entries(dimensions)
    .map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`)
    .join(',');
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

function linesOf({ name, kind, help, series }: Family): string[] {
  if (series.size === 0) return [];
  const head = [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${kind}\n`];
  return [...head, ...[...series].flatMap(([labels, one]) => samplesOf(name, kind, labels, one))];
}

function samplesOf(name: string, kind: Kind, labels: string, { sum, count, atMost }: Series): string[] {
  const sample = (suffix: string, written: string, value: number): string =>
    `${name}${suffix}${written === '' ? '' : `{${written}}`} ${value}\n`;
  if (kind !== 'histogram') return [sample('', labels, sum)];
  const bucket = (bound: string, value: number): string =>
    sample('_bucket', [labels, `le="${bound}"`].filter((part) => part !== '').join(','), value);
  return [
    ...atMost.map((each) => bucket(String(each.boundSeconds), each.count)),
    bucket('+Inf', count),
    sample('_sum', labels, sum),
    sample('_count', labels, count),
  ];
}
