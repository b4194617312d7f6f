/** One client sends as fast as it can; another one goes on as before. */
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

/** Another address of this machine: to the broker, another client. */
const HOSTILE_ADDRESS = '127.0.0.66';
const HOSTILE_CONNECTIONS = 64;

/** Hammers a route for some seconds. @param members what is sent there, over and over */
export async function hammer(
  { broker }: FloodedBroker,
  { route, members, seconds }: { readonly route: string; readonly members: object; readonly seconds: number },
): Promise<Hostility> {
  const polite = connectDevices(broker, { connections: 4 });
  const hostile = connectDevices(broker, { connections: HOSTILE_CONNECTIONS, localAddress: HOSTILE_ADDRESS });
  await politely(polite, 3);
  const alone = await politely(polite, seconds);
  let isOver = false;
  let answered = 0;
  const hammering = Array.from({ length: HOSTILE_CONNECTIONS }, async () => {
    while (!isOver) {
      await hostile.send(route, members);
      answered += 1;
    }
  });
  await sleep(1_000);
  const before = answered;
  const beside = await politely(polite, seconds);
  const hostilePerSecond = (answered - before) / seconds;
  isOver = true;
  await Promise.all(hammering);
  await Promise.all([polite.close(), hostile.close()]);
  return { route, alone, beside, hostilePerSecond };
}

/** Twenty polls a second of a session that waits, as four devices together might send them. */
async function politely(devices: FloodDevices, seconds: number): Promise<Latencies> {
  const latencies = makeLatencies();
  const session = await devices.start(await devices.register('polite'));
  const beganAtMs = Date.now();
  const polls: Promise<unknown>[] = [];
  for (let sent = 0; Date.now() - beganAtMs < seconds * 1_000; sent += 1) {
    polls.push(devices.poll(session, latencies));
    await sleep(50);
  }
  await Promise.all(polls);
  return latencies;
}
