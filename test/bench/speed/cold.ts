/** A cold start: a fresh process up to its first answer, handler against bare function, and what the bundles weigh. */
import { HANDLER_NAMES } from '../../../lib/bundle.ts';
import { overweight } from '../../../lib/packaging/handlers.ts';
import { bareScene } from './bare-function.ts';
import type { Bundles } from './bundles.ts';
import { type ContenderFigures, type Elapsed, startContender } from './contender.ts';
import { median, type Row, type Section } from './report.ts';
import type { Scene, Stage } from './scenes.ts';

export interface ColdOptions {
  readonly bundles: Bundles;
  readonly stage: Stage;
  /** Fresh processes of each, taking turns. */
  readonly rounds: number;
}

/** How much more a handler's cold start may cost than the bare function's. */
const GOAL = 1.2;

/** Measures the cold start of every bundle. */
export async function measureCold(options: ColdOptions): Promise<Section> {
  const rows: Row[] = [];
  for (const name of HANDLER_NAMES) {
    const scene = options.stage.cold.find(({ handler }) => handler === name);
    if (scene === undefined) throw new Error(`No first request to ${name} was recorded.`);
    rows.push(await rowOf(scene, options));
  }
  return {
    title: 'Cold start: fresh process to first answer',
    how: [
      'Handler and bare function as above, the bare one with the same SDK clients as the bundle (read from its metafile) and the same bundling; each in a fresh Node process that reads the bundle and answers one request.',
      `Ratio: CPU time from the start of the process to the answer, median of ${options.rounds} processes each, taking turns. "Own" leaves out what Node itself takes to start.`,
      'KB are 1,000 bytes, minified, SDK included; the budget fails the build (lib/packaging/handlers.ts).',
    ],
    rows,
  };
}

async function rowOf(scene: Scene, { bundles, stage, rounds }: ColdOptions): Promise<Row> {
  const bare = await bundles.bare(scene.handler, { [scene.name]: bareScene(scene.calls, scene.answer) });
  const measured: Record<'ours' | 'theirs', ContenderFigures[]> = { ours: [], theirs: [] };
  for (let round = -1; round < rounds; round += 1) {
    const ours = await startOnce(bundles.ofHandler(scene.handler), scene, bundles, stage);
    const theirs = await startOnce(bare.path, scene, bundles, stage);
    // The first of each has read the files from the disk.
    if (round < 0) continue;
    measured.ours.push(ours);
    measured.theirs.push(theirs);
  }
  const { ours, theirs } = measured;
  const ratioOf = (of: (it: ContenderFigures) => number): number =>
    median(ours.map((it, place) => of(it) / of(theirs[place] as ContenderFigures)));
  const ratio = ratioOf(({ sinceStart }) => sinceStart.cpuMs);
  const [own, wall] = [ratioOf(ownCpuMs), ratioOf(({ sinceStart }) => sinceStart.wallMs)];
  const kilobytes = bundles.kilobytes(scene.handler);
  const of = (all: readonly ContenderFigures[], name: keyof Elapsed): number =>
    median(all.map(({ sinceStart }) => sinceStart[name]));
  const figures = {
    cpuRatio: ratio,
    ownCpuRatio: own,
    wallRatio: wall,
    handlerCpuMs: of(ours, 'cpuMs'),
    bareCpuMs: of(theirs, 'cpuMs'),
    handlerWallMs: of(ours, 'wallMs'),
    bareWallMs: of(theirs, 'wallMs'),
    kilobytes,
    bareKilobytes: bare.kilobytes,
  };
  const absolute = `${millis(figures.handlerCpuMs)} against ${millis(figures.bareCpuMs)} CPU, ${millis(figures.handlerWallMs)} against ${millis(figures.bareWallMs)} waiting; own ${own.toFixed(2)} ×; ${Math.ceil(kilobytes)} KB against ${Math.ceil(bare.kilobytes)}`;
  const isHeavy = overweight(bundles.metafile.outputs).some((sentence) => sentence.includes(` ${scene.handler} `));
  return {
    name: scene.handler,
    ratio,
    goal: `≤ ${GOAL}, KB in budget`,
    isMet: ratio <= GOAL && !isHeavy,
    absolute,
    figures,
  };
}

const ownCpuMs = ({ sinceStart, nodeStart }: ContenderFigures): number => sinceStart.cpuMs - nodeStart.cpuMs;

async function startOnce(
  bundle: string,
  scene: Scene,
  bundles: Bundles,
  { endpoint }: Stage,
): Promise<ContenderFigures> {
  endpoint.play(scene.calls);
  const contender = startContender(bundles.program, bundle, endpoint.url);
  try {
    const figures = await contender.run({ events: scene.events.slice(0, 1), times: 1, turnMs: 0 });
    endpoint.check();
    return figures;
  } finally {
    contender.stop();
  }
}

const millis = (value: number): string => `${value.toFixed(0)} ms`;
