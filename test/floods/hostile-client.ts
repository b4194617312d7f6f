/** One client sends as fast as it can; another one of the same address goes on as before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDevices, type FloodDevices } from './devices.ts';
import type { FloodedBroker } from './flooded-broker.ts';
import { type Latencies, makeLatencies } from './latencies.ts';

/** What the polite client saw, alone and beside the hostile one. */
export interface Hostility {
  readonly route: string;
  readonly alone: Latencies;
  readonly beside: Latencies;
  /** Requests that the hostile client got answered a second. */
  readonly hostilePerSecond: number;
}

const HOSTILE_CONNECTIONS = 64;
const ROUNDS = 4;

/** Hammers a route for some seconds. @param members what is sent there, over and over */
export async function hammer(
  { broker }: FloodedBroker,
  { route, members, seconds }: { readonly route: string; readonly members: object; readonly seconds: number },
): Promise<Hostility> {
  const polite = connectDevices(broker, { connections: 4 });
  const hostile = connectDevices(broker, { connections: HOSTILE_CONNECTIONS });
  const [alone, beside] = [makeLatencies(), makeLatencies()];
  await politely(polite, 3, makeLatencies());
  let answered = 0;
  let hostileMs = 0;
  // Taking turns: what else the machine does is then in both.
  for (let round = 0; round < ROUNDS; round += 1) {
    await politely(polite, seconds / ROUNDS, alone);
    let isOver = false;
    const hammering = Array.from({ length: HOSTILE_CONNECTIONS }, async () => {
      while (!isOver) {
        await hostile.send(route, members);
        answered += 1;
      }
    });
    const beganAt = performance.now();
    await politely(polite, seconds / ROUNDS, beside);
    isOver = true;
    await Promise.all(hammering);
    hostileMs += performance.now() - beganAt;
  }
  await Promise.all([polite.close(), hostile.close()]);
  return { route, alone, beside, hostilePerSecond: (answered * 1_000) / hostileMs };
}

/** Twenty polls a second of a session that waits, as four devices together might send them. */
async function politely(devices: FloodDevices, seconds: number, latencies: Latencies): Promise<void> {
  const session = await devices.start(await devices.register('polite'));
  const beganAtMs = Date.now();
  const polls: Promise<unknown>[] = [];
  while (Date.now() - beganAtMs < seconds * 1_000) {
    polls.push(devices.poll(session, latencies));
    await sleep(50);
  }
  await Promise.all(polls);
}
