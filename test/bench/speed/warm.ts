/** A warm request: handler against bare function, both talking to an endpoint that plays recorded answers back. */
import { bareScene } from './bare-function.ts';
import type { Bundles } from './bundles.ts';
import { type Contender, startContender } from './contender.ts';
import { median, type Row, type Section } from './report.ts';
import { callsPerEvent, type Scene, type Stage } from './scenes.ts';

export interface WarmOptions {
  readonly bundles: Bundles;
  readonly stage: Stage;
  /** How often each is measured, taking turns. */
  readonly rounds: number;
  /** DynamoDB calls that one measurement averages over, at least: the more a request makes, the fewer requests. */
  readonly dynamoDbCalls: number;
}

/** How much longer a handler may take than the bare function. */
const GOAL = 1.15;

/** Measurements before the first that counts: the compiler is done by then. */
const WARM_UPS = 20;

/** What a call of DynamoDB takes at its best: AWS promises single-digit milliseconds. */
const DYNAMODB_MS = 2;

/** Handler time is measured in so many times fewer rounds than CPU time: waiting is the same in all of them. */
const WAITING_SHARE = 3;

/** The interval of the devices: one that came again sooner would be told to slow down. */
const TURN_MS = 1_000;

/** Measures every warm scene. */
export async function measureWarm(options: WarmOptions): Promise<Section> {
  const rows: Row[] = [];
  for (const scene of options.stage.warm) rows.push(...(await rowsOf(scene, options)));
  const { rounds } = options;
  return {
    title: 'Warm request: handler against a bare function',
    how: [
      'Handler: the deployed bundle, called in a process of its own with API Gateway events. Bare: a function that makes the same calls with the same SDK clients and answers JSON, bundled the same way.',
      'Both call an endpoint on loopback that plays back what DynamoDB (dynalite) and the Identity Center stand-in answered, so that the endpoint is equally fast for both. `/device_authorization` and the due poll also call Identity Center.',
      `By its name alone: time of the handler when every call is answered after ${DYNAMODB_MS} ms, which is as fast as DynamoDB gets; median of ${Math.ceil(rounds / WAITING_SHARE)} rounds that take turns.`,
      `CPU: time of the function’s own thread when calls are answered at once, median of ${rounds} rounds that take turns: what the ratio would be with a DynamoDB that takes no time.`,
    ],
    rows,
  };
}

/** The two rows of a scene: the time of the handler, and its CPU time. */
async function rowsOf(scene: Scene, { bundles, stage, rounds, dynamoDbCalls }: WarmOptions): Promise<Row[]> {
  const { path } = await bundles.bare(scene.handler, { [scene.name]: sceneOfFirstEvent(scene) });
  const handler = startContender(bundles.program, bundles.ofHandler(scene.handler), stage.endpoint.url);
  const bare = startContender(bundles.program, path, stage.endpoint.url);
  const calls = callsPerEvent(scene, 'DynamoDB');
  const times = Math.ceil(dynamoDbCalls / calls / scene.events.length);
  const recorded = [...scene.calls, ...stage.opening];
  const compare = async (from: number, to: number, readFrom: (measured: Measured) => number): Promise<Compared> => {
    const pairs: (readonly [number, number])[] = [];
    for (let round = from; round < to; round += 1) {
      const task = { events: scene.events, times, turnMs: TURN_MS };
      const [ours, theirs] = [await handler.run(task), await bare.run(task)];
      expectSameAnswer(ours, scene);
      if (round >= 0) pairs.push([readFrom(ours), readFrom(theirs)]);
    }
    stage.endpoint.check();
    return comparedOf(pairs);
  };
  try {
    stage.endpoint.play(recorded);
    const cpu = await compare(-WARM_UPS, rounds, ({ cpuMicros }) => cpuMicros);
    stage.endpoint.play(recorded, DYNAMODB_MS);
    const time = await compare(-1, rounds / WAITING_SHARE, ({ wallMicros }) => wallMicros);
    return [
      rowOf(scene.name, time, `${millis(time.ours)} against ${millis(time.theirs)}; ${calls} DynamoDB calls`, calls),
      rowOf(`${scene.name}: CPU`, cpu, `${micros(cpu.ours)} against ${micros(cpu.theirs)}`, calls),
    ];
  } finally {
    handler.stop();
    bare.stop();
  }
}

function rowOf(name: string, { ratio, ours, theirs }: Compared, absolute: string, dynamoDbCalls: number): Row {
  const figures = { ratio, handlerMicros: ours, bareMicros: theirs, dynamoDbCalls };
  return { name, ratio, goal: `≤ ${GOAL}`, isMet: ratio <= GOAL, absolute, figures };
}

type Measured = Awaited<ReturnType<Contender['run']>>;

interface Compared {
  readonly ratio: number;
  readonly ours: number;
  readonly theirs: number;
}

function comparedOf(pairs: readonly (readonly [number, number])[]): Compared {
  return {
    ratio: median(pairs.map(([ours, theirs]) => ours / theirs)),
    ours: median(pairs.map(([ours]) => ours)),
    theirs: median(pairs.map(([, theirs]) => theirs)),
  };
}

/** Time goes on for the functions: an answer that has become another one is other work than was meant. */
function expectSameAnswer({ answer }: Measured, scene: Scene): void {
  const [given, wanted] = [answer, scene.answer].map((one) => (one as { statusCode: number }).statusCode);
  if (given !== wanted) throw new Error(`${scene.name} was answered ${given}, not ${wanted} as it was recorded.`);
}

/** All events of a scene make the same calls: the bare function makes those of the first. */
function sceneOfFirstEvent({ calls, events, answer }: Scene) {
  return bareScene(calls.slice(0, calls.length / events.length), JSON.parse((answer as { body: string }).body));
}

const micros = (value: number): string => `${Math.round(value)} µs`;
const millis = (value: number): string => `${(value / 1000).toFixed(1)} ms`;
