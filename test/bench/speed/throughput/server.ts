/** What both servers have in common: the load generator starts them, asks for their CPU time and ends them. */

/** What a server tells when it listens. */
export interface ServerAddress {
  readonly start: string;
  readonly token: string;
}

/** Clients that both servers know; a client's secret is `secret-of-<id>`. */
export const CLIENT_IDS = Array.from({ length: 8 }, (_, place) => `bench-client-${place}`);

/** With this header a request says that a person approves a user code just before it. */
export const APPROVE_HEADER = 'bench-approve';

/** Tells where the server is, and from then on its CPU time in microseconds whenever it is asked. */
export function reportTo(address: ServerAddress): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send?.(address);
}

/** With this header a request says how far ahead of the machine's clock it comes, in milliseconds. */
export const AHEAD_HEADER = 'bench-ahead-ms';
