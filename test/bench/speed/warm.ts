/** A warm request: handler against bare function, both talking to an endpoint that plays recorded answers back. */
import { bareScene } from './bare-function.ts';
import type { Bundles } from './bundles.ts';
import { type Contender, startContender } from './contender.ts';
import { median, type Section } from './report.ts';
import { callsPerEvent, type Scene, type Stage } from './scenes.ts';

export interface WarmOptions {
  readonly bundles: Bundles;
  readonly stage: Stage;
  /** How often each is measured, taking turns. */
  readonly rounds: number;
  /** DynamoDB calls that one measurement averages over, at least: the more a request makes, the fewer requests. */
  readonly dynamoDbCalls: number;
}

/** How much more a handler may cost than the bare function. */
const GOAL = 1.15;

/** Measurements before the first that counts: the compiler is done by then. */
const WARM_UPS = 10;

/** The interval of the devices: one that came again sooner would be told to slow down. */
const TURN_MS = 1_000;

/** Measures every warm scene. */
export async function measureWarm(options: WarmOptions): Promise<Section> {
  const rows = [];
  for (const scene of options.stage.warm) rows.push(await rowOf(scene, options));
  return {
    title: 'Warm request: handler against a bare function',
    how: [
      'Handler: the deployed bundle, called in a process of its own with API Gateway events. Bare: a function that makes the same calls with the same SDK clients and answers JSON, bundled the same way.',
      'Both call an endpoint on loopback that plays back what DynamoDB (dynalite) and the Identity Center stand-in answered, so that the endpoint is equally fast for both. `/device_authorization` and the due poll also call Identity Center.',
      `Ratio: CPU time of the function’s thread for a request, median of ${options.rounds} rounds that take turns. Absolutes: medians of the same rounds.`,
      'The endpoint answers at once; every millisecond that a real DynamoDB takes is the same for both, and brings the ratio of the waiting time nearer to 1.',
    ],
    rows,
  };
}

async function rowOf(scene: Scene, { bundles, stage, rounds, dynamoDbCalls }: WarmOptions) {
  const { path } = await bundles.bare(scene.handler, { [scene.name]: sceneOfFirstEvent(scene) });
  const handler = startContender(bundles.program, bundles.ofHandler(scene.handler), stage.endpoint.url);
  const bare = startContender(bundles.program, path, stage.endpoint.url);
  const calls = callsPerEvent(scene, 'DynamoDB');
  const times = Math.ceil(dynamoDbCalls / calls / scene.events.length);
  try {
    stage.endpoint.play([...scene.calls, ...stage.opening]);
    const measured = await inTurns([handler, bare], rounds, () => ({ events: scene.events, times, turnMs: TURN_MS }));
    stage.endpoint.check();
    const [ours, theirs] = measured as [Measured[], Measured[]];
    const ratio = median(ours.map(({ cpuMicros }, place) => cpuMicros / (theirs[place]?.cpuMicros ?? 0)));
    const wall = median(ours.map(({ wallMicros }, place) => wallMicros / (theirs[place]?.wallMicros ?? 0)));
    const [cpu, bareCpu] = [median(ours.map((it) => it.cpuMicros)), median(theirs.map((it) => it.cpuMicros))];
    const absolute = `${micros(cpu)} against ${micros(bareCpu)} CPU; waiting time ${wall.toFixed(2)} ×; ${calls} DynamoDB calls`;
    const figures = {
      cpuRatio: ratio,
      wallRatio: wall,
      handlerCpuMicros: cpu,
      bareCpuMicros: bareCpu,
      dynamoDbCalls: calls,
    };
    return { name: scene.name, ratio, goal: `≤ ${GOAL}`, isMet: ratio <= GOAL, absolute, figures };
  } finally {
    handler.stop();
    bare.stop();
  }
}

type Measured = Awaited<ReturnType<Contender['run']>>;

/** Lets contenders take turns. @returns the measurements of each */
async function inTurns(
  contenders: readonly Contender[],
  rounds: number,
  task: () => Parameters<Contender['run']>[0],
): Promise<Measured[][]> {
  const measured: Measured[][] = contenders.map(() => []);
  for (let round = -WARM_UPS; round < rounds; round += 1) {
    for (const [place, contender] of contenders.entries()) {
      const one = await contender.run(task());
      if (round >= 0) measured[place]?.push(one);
    }
  }
  return measured;
}

/** All events of a scene make the same calls: the bare function makes those of the first. */
function sceneOfFirstEvent({ calls, events, answer }: Scene) {
  return bareScene(calls.slice(0, calls.length / events.length), JSON.parse((answer as { body: string }).body));
}

const micros = (value: number): string => `${Math.round(value)} µs`;
