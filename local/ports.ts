/** Ports of the local run: loopback alone, and one clear sentence when one is taken. */

import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { StartError } from './start-error.ts';

/**
 * Makes a server listen on 127.0.0.1.
 *
 * @param port 0: any free port
 * @param what whose port it is, for the sentence
 * @returns the port
 * @throws StartError when the port is taken or not allowed
 */
export function listenLocally(server: Server, port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port, what)));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Finds out before the slow part of a start whether a port is free. @throws StartError when it is not */
export async function requireFreePort(port: number, what: string): Promise<void> {
  const probe = createServer();
  await listenLocally(probe, port, what);
  await new Promise((resolve) => probe.close(resolve));
}

/** The sentence for a port that cannot be had. */
export function portError(error: NodeJS.ErrnoException, port: number, what: string): Error {
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      `Port ${port} of ${what} is in use: stop what listens there, or choose others with --port (it takes the next two as well).`,
    );
  }
  if (error.code === 'EACCES') {
    return new StartError(`You may not listen on port ${port} for ${what}: choose one above 1023 with --port.`);
  }
  return error;
}
