/** An API that notes what it is asked and answers what a test says. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Witnessed {
  readonly message: IncomingMessage;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WitnessApi {
  readonly url: string;
  readonly seen: readonly Witnessed[];
  /** What it answers from now on. */
  answer: ScriptedAnswer;
}

/** Starts it; it ends with the test. */
export async function startWitnessApi(answer: ScriptedAnswer = {}): Promise<WitnessApi> {
  const seen: Witnessed[] = [];
  const api: { url: string; seen: Witnessed[]; answer: ScriptedAnswer } = { url: '', seen, answer };
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
    seen.push({ message, body: Buffer.concat(chunks).toString() });
    const { status = 200, headers = { 'Content-Type': 'application/json' }, body = '{}' } = api.answer;
    response.writeHead(status, headers).end(status === 304 ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return api;
}
