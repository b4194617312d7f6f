import type { Measurement } from '../core/measurements.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName, SERVICE_NAME } from '../core/metrics.ts';
import type { Clock } from '../core/ports.ts';

/** Collects measurements and prints them in CloudWatch's embedded metric format (EMF). */
export interface MetricsRecorder {
  record(measurements: readonly Measurement[]): void;
  /** Prints what was recorded since the last time, in as few lines as hold it. */
  publish(): void;
}

/** Measurements with the same dimension values: one directive of a line, or several of several. */
interface Group {
  readonly dimensions: Measurement['dimensions'];
  readonly values: Map<MetricName, number[]>;
}

/** Values that a metric of a line may have (EMF specification, "Target members"). */
const MAX_VALUES = 100;

/**
 * Makes a recorder. Lines are log bytes, and those are what metrics cost: counts are added up, durations share an array, and
 * what differs in its dimensions shares a line as long as no dimension has two values there. A hundred polls that were all
 * answered alike print one line. It is no matter which invocation prints what, so overlapping ones may share it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function makeMetricsRecorder(clock: Clock): MetricsRecorder {
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

  return {
    record: (measurements) => measurements.forEach(record),
    publish() {
      const lines: Line[] = [];
      for (const { dimensions, values } of groups.values())
        for (const part of partsOf(values)) addTo(lines, dimensions, part);
      groups.clear();
      for (const line of lines) process.stdout.write(`${textOf(line, clock.nowMs())}\n`);
    },
  };
}

type Values = readonly (readonly [MetricName, readonly number[]])[];

/** The values of a group, so many at a time as a line holds. */
function* partsOf(values: ReadonlyMap<MetricName, readonly number[]>): Generator<Values> {
  const longest = Math.max(...[...values.values()].map(({ length }) => length));
  for (let start = 0; start < longest; start += MAX_VALUES) {
    const part = [...values].map(([metric, all]) => [metric, all.slice(start, start + MAX_VALUES)] as const);
    yield part.filter(([, some]) => some.length > 0);
  }
}

/** A line to be: its members, and which of them are metrics. */
interface Line {
  readonly members: Record<string, unknown>;
  readonly directives: object[];
}

/** Adds a directive to the first line that says nothing else about its dimensions and metrics. */
function addTo(lines: Line[], dimensions: Measurement['dimensions'], values: Values): void {
  const fits = ({ members }: Line): boolean =>
    Object.entries(dimensions).every(([name, value]) => (members[name] ?? value) === value) &&
    values.every(([metric]) => members[metric] === undefined);
  const found = lines.find(fits);
  const line = found ?? { members: { service: SERVICE_NAME }, directives: [] };
  if (found === undefined) lines.push(line);
  Object.assign(line.members, dimensions);
  for (const [metric, some] of values) line.members[metric] = some.length === 1 ? some[0] : some;
  line.directives.push({
    Namespace: METRIC_NAMESPACE,
    Dimensions: [['service', ...Object.keys(dimensions)]],
    Metrics: values.map(([Name]) => ({ Name, Unit: METRICS[Name].unit })),
  });
}

function textOf({ members, directives }: Line, nowMs: number): string {
  return JSON.stringify({ _aws: { Timestamp: nowMs, CloudWatchMetrics: directives }, ...members });
}
