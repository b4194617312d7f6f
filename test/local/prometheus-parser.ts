/** Reads Prometheus' text format 0.0.4 as strictly as its specification is written; whatever is not in it is an error. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\\\|\\n)*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,(?=[a-zA-Z_])|$)/y;

/**
 * Parses a whole answer.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 */
export function parsePrometheus(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: { name: string; help: string } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helpName, help = ''] = HELP.exec(line) ?? [];
    const [, typeName, type = ''] = TYPE.exec(line) ?? [];
    if (helpName !== undefined) {
      if (families.has(helpName)) throw new Error(`${helpName} comes twice`);
      current = { name: helpName, help };
    } else if (typeName !== undefined) {
      if (current?.name !== typeName) throw new Error(`the type of ${typeName} does not follow its help`);
      families.set(typeName, { help: current.help, type, samples: [] });
    } else {
      const sample = sampleOf(line);
      const family = families.get(current?.name ?? '');
      if (family === undefined || !belongs(sample.name, current?.name ?? '', family.type)) {
        throw new Error(`out of place: ${line}`);
      }
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(series)) throw new Error(`twice: ${line}`);
      seen.add(series);
      family.samples.push(sample);
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family);
  return families;
}

function sampleOf(line: string): Sample {
  const [, name, written = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a line of the format: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < written.length; at = LABEL.lastIndex) {
    const [, label = '', content = ''] = LABEL.exec(written) ?? [];
    if (label === '' || label in labels) throw new Error(`bad labels: ${line}`);
    labels[label] = content.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
  }
  return { name, labels, value: Number(value) };
}

function belongs(sample: string, family: string, type: string): boolean {
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  return suffixes.some((suffix) => sample === `${family}${suffix}`);
}

/** Buckets rise and end with +Inf, which is the count; the sum is there. */
function checkHistogram(name: string, { samples }: Family): void {
  const bySeries = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const [series, own] of bySeries) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)));
    const rise = (numbers: readonly number[], isStrict: boolean): boolean =>
      numbers.every((one, at) => at === 0 || (isStrict ? one > (numbers[at - 1] ?? 0) : one >= (numbers[at - 1] ?? 0)));
    const count = own.find((sample) => sample.name === `${name}_count`)?.value;
    const isWhole =
      rise(bounds, true) &&
      bounds.at(-1) === Number.POSITIVE_INFINITY &&
      rise(
        buckets.map(({ value }) => value),
        false,
      ) &&
      buckets.at(-1)?.value === count &&
      own.filter((sample) => sample.name === `${name}_sum`).length === 1;
    if (!isWhole) throw new Error(`a broken histogram: ${name} ${series}`);
  }
}
