/** A whole fleet comes back from a power cut at once. */

import { connectDevices } from './devices.ts';
import type { FloodedBroker } from './flooded-broker.ts';
import { type Latencies, makeLatencies } from './latencies.ts';

/** What the storm came to. */
export interface Storm {
  readonly devices: number;
  readonly starts: Latencies;
  readonly polls: Latencies;
  /** From the power until the last device had its code, and until the last had its token. */
  readonly allStartedMs: number;
  readonly allSignedInMs: number;
  readonly lost: number;
  /** Tokens that two devices got. */
  readonly shared: number;
}

/** Lets registered devices start in the same moment; people approve each as soon as it has a code. */
export async function rebootStorm({ broker }: FloodedBroker, count: number): Promise<Storm> {
  const devices = connectDevices(broker, { connections: 256 });
  const clients = [];
  for (let made = 0; made < count; made += 50) {
    const names = Array.from({ length: Math.min(50, count - made) }, (_, place) => `kiosk-${made + place}`);
    clients.push(...(await Promise.all(names.map(devices.register))));
  }
  const [starts, polls] = [makeLatencies(), makeLatencies()];
  const beganAt = performance.now();
  let allStartedMs = 0;
  const tokens = await Promise.all(
    clients.map(async (client) => {
      const session = await devices.start(client, starts);
      allStartedMs = performance.now() - beganAt;
      await devices.approve(session);
      return devices.token(session, polls);
    }),
  );
  const allSignedInMs = performance.now() - beganAt;
  await devices.close();
  const got = tokens.filter((token) => token !== undefined);
  return {
    devices: count,
    starts,
    polls,
    allStartedMs,
    allSignedInMs,
    lost: count - got.length,
    shared: got.length - new Set(got).size,
  };
}
