import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from './dice.ts';

/** What happens to a request on its way; the rest passes. */
export type ProxyFault = 'latency' | 'reset' | '5xx' | 'throttle' | 'answer lost';

/** A proxy on loopback between an AWS SDK and a service, with faults on both ways. */
export interface FaultProxy {
  readonly url: string;
  /** Faults so far, by kind. */
  readonly counts: ReadonlyMap<ProxyFault, number>;
  /** Until this time, epoch milliseconds, everything is throttled. */
  throttleUntil(epochMs: number): void;
  /** Faults from now on, or none any more. */
  setFaults(on: boolean): void;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** The service: `http://127.0.0.1:<port>`. */
  readonly target: string;
  readonly dice: Dice;
  readonly rates: Readonly<Record<ProxyFault, number>>;
  /** Its throttles and 5xx by their exceptions; DynamoDB throttles with 400, other services with 429. */
  readonly errors: {
    readonly throttle: { readonly status: 400 | 429; readonly type: string };
    readonly serverError: string;
  };
  /** Whether a request may meet faults. @default - all may */
  readonly isMeant?: (message: IncomingMessage) => boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** Starts a proxy on a free port. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { dice, rates, errors, isMeant = () => true } = options;
  const counts = new Map<ProxyFault, number>();
  let throttledUntilMs = 0;
  let isOn = true;

  function strikes(kind: ProxyFault, message: IncomingMessage): boolean {
    const isDown = kind === 'throttle' && Date.now() < throttledUntilMs;
    const strikes = isDown || (isOn && isMeant(message) && dice.chance(rates[kind]));
    if (strikes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return strikes;
  }

  async function carry(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(message);
    if (strikes('latency', message)) await sleep(dice.between(50, 600));
    if (strikes('reset', message)) return void message.socket.destroy();
    if (strikes('throttle', message)) return refuse(response, errors.throttle.status, errors.throttle.type);
    if (strikes('5xx', message)) return refuse(response, 500, errors.serverError);
    const answer = await forward(options.target, message, body);
    if (strikes('answer lost', message)) return void message.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  const server = createServer((message, response) => {
    carry(message, response).catch(() => message.socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    throttleUntil(epochMs) {
      throttledUntilMs = epochMs;
    },
    setFaults(on) {
      isOn = on;
    },
    close: () => closed(server),
  };
}

function refuse(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': type });
  response.end(JSON.stringify({ __type: type, message: 'on purpose' }));
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(new URL(url ?? '/', target), { method, headers }, (response) => {
      const { statusCode: status = 502, headers: answered } = response;
      buffer(response).then((bytes) => resolve({ status, headers: answered, body: bytes }), reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
