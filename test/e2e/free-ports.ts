/** Ports for a broker that must have the same ones after a restart. */

import { createServer } from 'node:net';

/** The API, Identity Center and the console. */
const PORTS_OF_A_BROKER = 3;

/** Below the range that systems take ephemeral ports from, so that nobody gets one of them by chance meanwhile. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** Finds a port that is free together with those after it that a broker takes. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const ports = Array.from({ length: PORTS_OF_A_BROKER }, (_, offset) => port + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
