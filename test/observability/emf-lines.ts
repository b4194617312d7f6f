import { vi } from 'vitest';

/** One metric as an EMF line tells it. */
export interface EmfMetric {
  readonly name: string;
  readonly unit: string;
  /** `name=value`, in the order of the line. */
  readonly dimensions: readonly string[];
  readonly values: readonly number[];
}

/** Listens to the process's own output while something prints. @returns its lines */
export async function printedBy(print: () => unknown): Promise<string[]> {
  const printed: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    await print();
  } finally {
    spy.mockRestore();
  }
  return printed.join('').split('\n').filter(Boolean);
}

/** What CloudWatch makes of a line, by the embedded metric format's specification; nothing when it is none. */
export function metricsIn(line: string): EmfMetric[] {
  const entry = JSON.parse(line) as Record<string, unknown> & { _aws?: { CloudWatchMetrics: Directive[] } };
  return (entry._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) => {
    if (Namespace !== 'FleetTokenBroker') throw new Error(`another namespace: ${Namespace}`);
    return Dimensions.flatMap((names) =>
      Metrics.map(({ Name, Unit }) => ({
        name: Name,
        unit: Unit,
        dimensions: names.map((name) => `${name}=${entry[name]}`),
        values: [entry[Name]].flat() as number[],
      })),
    );
  });
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
