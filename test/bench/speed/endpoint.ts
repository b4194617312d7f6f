/** One endpoint for all that a function calls: first it passes calls on and writes them down, then it plays them back. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type AwsCall, kindOf, operationOf, subjectOf } from './aws-calls.ts';

/** An answer on the wire. */
export type WireAnswer = Pick<AwsCall, 'status' | 'answer' | 'headers'>;

/** A request on the wire. */
export interface WireRequest extends Pick<AwsCall, 'service' | 'operation' | 'input'> {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly url: string;
  /** Passes calls on while something is done. @returns the calls, in the order in which they came */
  record(work: () => Promise<unknown>): Promise<AwsCall[]>;
  /** Answers from now on as these calls were answered. @param afterMs how long each answer takes; by default none */
  play(calls: readonly AwsCall[], afterMs?: number): void;
  /** @throws when something was called that was not recorded: then other work was measured than was meant */
  check(): void;
  close(): void;
}

/**
 * Starts the endpoint on a free port of loopback.
 *
 * @param forward how the real parts answer
 */
export async function startEndpoint(forward: (request: WireRequest) => Promise<WireAnswer>): Promise<Endpoint> {
  let recorded: AwsCall[] = [];
  let played: ((request: WireRequest) => WireAnswer | Promise<WireAnswer>) | undefined;
  let [stage, underWay] = [0, 0];
  let fault: Error | undefined;

  async function pass(request: WireRequest): Promise<WireAnswer> {
    if (underWay === 0) stage += 1;
    underWay += 1;
    const { service, operation, input } = request;
    const place = recorded.push({ service, operation, input, status: 0, answer: '', headers: {}, stage }) - 1;
    const answered = await forward(request).finally(() => (underWay -= 1));
    recorded[place] = { ...(recorded[place] as AwsCall), ...answered };
    return answered;
  }

  const server = createServer((message, response) => {
    readRequest(message)
      .then((request) => (played === undefined ? pass(request) : played(request)))
      .catch((error: Error) => {
        fault ??= error;
        return { status: 400, answer: JSON.stringify({ __type: 'BenchFault', message: error.message }), headers: {} };
      })
      .then(({ status, headers, answer }) => {
        response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(answer) });
        response.end(answer);
      });
  });
  // A client that finds its idle connection closed would count the reconnect.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async record(work) {
      played = undefined;
      recorded = [];
      await work();
      const calls = recorded;
      recorded = [];
      return calls;
    },
    play(calls, afterMs = 0) {
      const answerTo = playerOf(calls);
      played = afterMs === 0 ? answerTo : (request) => wait(afterMs, answerTo(request));
    },
    check() {
      if (fault !== undefined) throw fault;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readRequest(message: IncomingMessage): Promise<WireRequest> {
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const path = message.url ?? '/';
  return { ...operationOf(headers['x-amz-target'], path), path, headers, input: await text(message) };
}

/** Answers of a subject come in turn, again and again; a key that was made anew gets those of its kind. */
function playerOf(calls: readonly AwsCall[]): (request: WireRequest) => WireAnswer {
  const answers = new Map<string, { turn: number; all: AwsCall[] }>();
  for (const call of calls) {
    const subject = subjectOf(call);
    for (const key of new Set([subject, kindOf(subject)])) {
      const known = answers.get(key) ?? { turn: 0, all: [] };
      known.all.push(call);
      answers.set(key, known);
    }
  }
  return (request) => {
    const subject = subjectOf(request);
    const known = answers.get(subject) ?? answers.get(kindOf(subject));
    if (known === undefined) throw new Error(`No call was recorded like ${kindOf(subject)}.`);
    return known.all[known.turn++ % known.all.length] as AwsCall;
  };
}
