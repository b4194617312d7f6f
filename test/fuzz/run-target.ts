/** Sends a target's requests, one after the other, and looks at every answer. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { loadPlane, type Plane } from './bundle-plane.ts';
import { deviceRequests } from './device-requests.ts';
import { undocumentedIn } from './documented.ts';
import { type FuzzRequest, send } from './gateway.ts';
import { opsRequests } from './ops-requests.ts';
import { type Pieces, type Population, populate } from './population.ts';
import { wronglyStored } from './stored.ts';
import type { Target } from './targets.ts';

/** A deployment to send requests to. */
export interface FuzzedDeployment {
  readonly plane: Plane;
  readonly population: Population;
}

/** Loads and populates a deployment of the kind that a target needs. */
export async function deploy({ deviceAuth }: Pick<Target, 'deviceAuth'>): Promise<FuzzedDeployment> {
  const plane = await loadPlane(deviceAuth);
  const population = await populate(plane, deviceAuth);
  plane.takeChanges();
  return { plane, population };
}

/** What a target's run came to. */
export interface TargetRun {
  readonly requests: number;
  /** How often there was which status; `gateway` where no function was asked. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** Heap in bytes after a collection, when a fifth was done and at the end. */
  readonly heapBytes: readonly [number, number];
  /** The first request that was answered wrongly, made as small as it gets. */
  readonly failure?: { readonly seed: number; readonly request: FuzzRequest; readonly wrong: string };
}

export interface TargetOptions {
  readonly requests: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Collecting all that can be collected takes a while. @default false */
  readonly weighsHeap?: boolean;
}

const SLOWEST_MS = 1_000;
const CHUNK = 500;
/** What the heap may move by itself: compiled code, caches that are full when they are full. */
const HEAP_SLACK_BYTES = 12_000_000;

/** Runs a target. */
export async function runTarget(
  target: Target,
  { plane, population }: FuzzedDeployment,
  { requests, seed, signal, weighsHeap = false }: TargetOptions,
): Promise<TargetRun> {
  const statuses: Record<string, number> = {};
  const arbitrary =
    target.operation === undefined ? deviceRequests(target, population) : opsRequests(target, population);
  let slowestMs = 0;
  let done = 0;
  let heapAtFifth = 0;

  async function wrongAbout(request: FuzzRequest): Promise<string | undefined> {
    const beganAt = performance.now();
    const wrong = await look(plane, population, request, (status) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
    });
    let tookMs = performance.now() - beganAt;
    // The machine may have been busy with something else: a request that is slow is slow again.
    if (tookMs > SLOWEST_MS) tookMs = await timed(() => look(plane, population, request, () => undefined));
    slowestMs = Math.max(slowestMs, tookMs);
    return tookMs > SLOWEST_MS ? `it took ${Math.round(tookMs)} ms` : wrong;
  }

  for (let chunk = 0; done < requests && signal?.aborted !== true; chunk += 1) {
    const numRuns = Math.min(CHUNK, requests - done);
    const property = fc.asyncProperty(arbitrary, async (request) => {
      const wrong = await wrongAbout(request);
      if (wrong !== undefined) throw new Error(wrong);
    });
    const checked = await fc.check(property, { numRuns, seed: seed + chunk });
    done += checked.numRuns;
    if (checked.failed) {
      const [request] = checked.counterexample as [FuzzRequest];
      const wrong = (await wrongAbout(request)) ?? String(checked.errorInstance);
      return {
        requests: done,
        statuses,
        slowestMs,
        heapBytes: [0, 0],
        failure: { seed: seed + chunk, request, wrong },
      };
    }
    if (weighsHeap && heapAtFifth === 0 && done >= requests / 5) heapAtFifth = heapBytes();
  }
  return { requests: done, statuses, slowestMs, heapBytes: [heapAtFifth, weighsHeap ? heapBytes() : 0] };
}

/** Whether the heap has stayed as it was. */
export function isFlat({ heapBytes: [early, late] }: TargetRun): boolean {
  return late - early < HEAP_SLACK_BYTES;
}

/** Sends one request; afterwards the world is as it was. @returns what is wrong */
async function look(
  plane: Plane,
  { nowMs, secrets, pieces }: Population,
  request: FuzzRequest,
  count: (status: string) => void,
): Promise<string | undefined> {
  plane.setClock(nowMs);
  const answered = await send(plane, request);
  const changes = plane.takeChanges();
  if (changes.length > 0) await plane.undo(changes);
  if (answered.by === 'gateway') {
    count('gateway');
    return undefined;
  }
  const { answer } = answered;
  count(String(answer.statusCode));
  const wrong = undocumentedIn(request, answered);
  if (answer.statusCode < 400 && hasForgedCursor(request, answered.route, pieces))
    wrong.push('a forged cursor was taken');
  if (answer.statusCode >= 400) {
    wrong.push(...wronglyStored(request, changes).map((stored) => `a refusal stored something: ${stored}`));
    if (secrets.some((secret) => answer.body.includes(secret))) wrong.push('a refusal repeats a secret');
  }
  return wrong.length === 0 ? undefined : `${answer.statusCode} ${answer.body.slice(0, 300)}: ${wrong.join('; ')}`;
}

/** Lists that have cursors. */
const LISTS = ['/sessions', '/clients', '/enrollment-keys'];

/** Whether a list was asked to go on at a place that it has never named. */
function hasForgedCursor({ method, query }: FuzzRequest, route: string, pieces: Pieces): boolean {
  if (method !== 'GET' || !LISTS.includes(route)) return false;
  const cursor = new URLSearchParams(query).get('cursor');
  return cursor !== null && pieces.cursor?.includes(cursor) !== true;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await work();
  return performance.now() - beganAt;
}

/** The heap after everything that can be collected was. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
