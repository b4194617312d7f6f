/**
 * How fast the broker is: `npm run bench [-- --json] [-- --only warm|cold|throughput|latency] [-- --quick]`.
 *
 * Everything runs on loopback, and whatever is compared is measured in turns. What the figures mean: docs/performance.md.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { makeBundles } from './bundles.ts';
import { measureCold } from './cold.ts';
import { measureLatency } from './latency.ts';
import { printSections, type Section } from './report.ts';
import { recordScenes } from './scenes.ts';
import { measureThroughput } from './throughput.ts';
import { measureWarm } from './warm.ts';

const PARTS = ['warm', 'cold', 'throughput', 'latency'] as const;
type Part = (typeof PARTS)[number];

/** How much is measured: enough for a figure, or just enough to see that everything runs. */
const EXTENTS = {
  full: {
    devices: 100,
    warm: { rounds: 30, dynamoDbCalls: 100 },
    cold: { rounds: 11 },
    throughput: { rounds: 7, sessions: 600 },
    latency: [
      { sessions: 1, intervalSeconds: 1, repeats: 10 },
      { sessions: 1_000, intervalSeconds: 10, repeats: 1 },
    ],
  },
  quick: {
    devices: 10,
    warm: { rounds: 1, dynamoDbCalls: 10 },
    cold: { rounds: 1 },
    throughput: { rounds: 1, sessions: 10 },
    latency: [{ sessions: 4, intervalSeconds: 1, repeats: 1 }],
  },
} as const;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
    seed: { type: 'string' },
  },
});
const only = PARTS.find((part) => part === values.only);

if (values.only !== undefined && only === undefined) {
  console.error(`There is nothing called ${values.only} to measure. Use one of ${PARTS.join(', ')}.`);
  process.exitCode = 2;
} else {
  const sections = await measure(only === undefined ? PARTS : [only], EXTENTS[values.quick ? 'quick' : 'full']);
  report(sections);
}

async function measure(parts: readonly Part[], extent: (typeof EXTENTS)['full' | 'quick']): Promise<Section[]> {
  const sections: Section[] = [];
  if (parts.includes('warm') || parts.includes('cold')) sections.push(...(await measureFunctions(parts, extent)));
  if (parts.includes('throughput')) sections.push(await measureThroughput(extent.throughput));
  if (parts.includes('latency')) sections.push(await measureLatency(extent.latency, Number(values.seed ?? 1)));
  return sections;
}

async function measureFunctions(
  parts: readonly Part[],
  extent: (typeof EXTENTS)['full' | 'quick'],
): Promise<Section[]> {
  const bundles = await makeBundles();
  try {
    const stage = await recordScenes(bundles, extent.devices);
    try {
      const sections: Section[] = [];
      if (parts.includes('warm')) sections.push(await measureWarm({ bundles, stage, ...extent.warm }));
      if (parts.includes('cold')) sections.push(await measureCold({ bundles, stage, ...extent.cold }));
      return sections;
    } finally {
      await stage.close();
    }
  } finally {
    bundles.remove();
  }
}

function report(sections: readonly Section[]): void {
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`;
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, sections }, undefined, 2)}\n`,
    );
    return;
  }
  console.log(`Measured at ${new Date().toISOString()} on ${machine}.\n\n${printSections(sections)}`);
}
