/** Sessions at a steady rate, for as long as it takes to see whether anything grows or gets lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDevices, type FloodClient, type FloodDevices } from './devices.ts';
import type { FloodedBroker } from './flooded-broker.ts';
import { type Latencies, makeLatencies } from './latencies.ts';

/** What the soak came to. */
export interface Soak {
  readonly sessions: number;
  readonly minutes: number;
  readonly lost: number;
  readonly shared: number;
  readonly answers: Latencies;
  /** The broker's memory in megabytes, every ten seconds. */
  readonly memory: readonly number[];
}

/** One session from its start to its token. */
async function flow(devices: FloodDevices, client: FloodClient, latencies?: Latencies): Promise<string | undefined> {
  const session = await devices.start(client, latencies);
  await devices.approve(session);
  return devices.token(session, latencies);
}

/** How many sessions a second it serves at most: devices come back as soon as they have their token. */
export async function measureCeiling({ broker }: FloodedBroker, seconds: number): Promise<number> {
  const devices = connectDevices(broker, { connections: 64 });
  const clients = await Promise.all(Array.from({ length: 96 }, (_, place) => devices.register(`ceiling-${place}`)));
  // The first seconds are the compiler's.
  const beginAtMs = Date.now() + 5_000;
  const endAtMs = beginAtMs + seconds * 1_000;
  let served = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (Date.now() < endAtMs) {
        const token = await flow(devices, client);
        if (token !== undefined && Date.now() > beginAtMs && Date.now() <= endAtMs) served += 1;
      }
    }),
  );
  await devices.close();
  return served / seconds;
}

export interface SoakOptions {
  readonly sessionsPerSecond: number;
  readonly minutes: number;
  readonly signal: AbortSignal;
  /** Told every half minute. */
  readonly onProgress: (line: string) => void;
}

/** Starts sessions at a fixed rate, whether or not the earlier ones have ended. */
export async function soak(flooded: FloodedBroker, options: SoakOptions): Promise<Soak> {
  const { sessionsPerSecond, minutes, signal, onProgress } = options;
  const devices = connectDevices(flooded.broker, { connections: 64 });
  const clients = await Promise.all(Array.from({ length: 300 }, (_, place) => devices.register(`soak-${place}`)));
  const answers = makeLatencies();
  const tokens: (string | undefined)[] = [];
  const memory: number[] = [];
  const underWay = new Set<Promise<void>>();
  const beganAtMs = Date.now();
  const idle = [...clients];
  for (let started = 0; !signal.aborted && Date.now() - beganAtMs < minutes * 60_000; started += 1) {
    const dueAtMs = beganAtMs + (started * 1_000) / sessionsPerSecond;
    if (dueAtMs > Date.now()) await sleep(dueAtMs - Date.now());
    const client = idle.shift() ?? (await devices.register(`soak-more-${started}`));
    const session = flow(devices, client, answers).then((token) => {
      tokens.push(token);
      idle.push(client);
    });
    underWay.add(session);
    void session.finally(() => underWay.delete(session));
    if (Date.now() - beganAtMs > memory.length * 10_000) {
      memory.push(flooded.memoryMegabytes());
      if (memory.length % 3 === 0) onProgress(progressOf(tokens, memory, answers));
    }
  }
  const ran = (Date.now() - beganAtMs) / 60_000;
  await Promise.all(underWay);
  await devices.close();
  const got = tokens.filter((token) => token !== undefined);
  const lost = tokens.length - got.length;
  return { sessions: tokens.length, minutes: ran, lost, shared: got.length - new Set(got).size, answers, memory };
}

function progressOf(tokens: readonly unknown[], memory: readonly number[], answers: Latencies): string {
  const lost = tokens.filter((token) => token === undefined).length;
  return `${tokens.length} sessions, ${lost} lost, ${memory.at(-1)?.toFixed(0)} MB; ${answers.text()}`;
}

/** What memory did between a fifth of the time and the end, in megabytes: medians, since a collection may come at any moment. */
export function memoryGrowth({ memory }: Soak): { readonly early: number; readonly late: number } {
  const fifth = Math.max(1, Math.floor(memory.length / 5));
  return { early: median(memory.slice(fifth, 2 * fifth)), late: median(memory.slice(-fifth)) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
