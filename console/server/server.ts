/** The console on 127.0.0.1: serves the operators' page and signs what it asks of the broker. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerMetrics, type MetricsSource } from './metrics-source.ts';
import { makeOpsApi } from './ops-api.ts';
import { proxy } from './ops-proxy.ts';
import { buildPage, type PageFile } from './page-files.ts';
import { type Answer, jsonAnswer, problemAnswer } from './problem-answers.ts';
import { refusalOf } from './request-guard.ts';
import type { Credentials } from './request-signer.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { SessionEvent } from './session-events.ts';

export interface ConsoleOptions {
  /** Base address of the broker's API, stage included. */
  readonly api: string;
  /** 0: any free port. */
  readonly port: number;
  /** The API's region. */
  readonly region: string;
  readonly credentials: Credentials;
  /** As whom the console acts, for people: a profile's name. @default - not shown */
  readonly identity?: string;
  /** Says in a sentence why there are no credentials and how to get some. @default - a general sentence */
  readonly explainCredentials?: (error: unknown) => string;
  /** The events of a session, oldest first, where they are at hand. @default - timelines show the session's own times */
  readonly events?: (sessionId: string) => readonly SessionEvent[] | Promise<readonly SessionEvent[]>;
  /** The broker's own numbers, where they are at hand. @default - CloudWatch has them */
  readonly metrics?: MetricsSource;
  /** Takes a line when something broke in the console itself. @default silent */
  readonly log?: (line: string) => void;
}

/** A console that listens. */
export interface RunningConsole {
  readonly url: string;
  close(): Promise<void>;
}

/** What a local broker takes for a signature: it checks that a call is signed, not by whom. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

const MAX_BODY_BYTES = 16_384;

/** What answers a request. */
type Respond = (message: IncomingMessage, path: string, query: URLSearchParams) => Promise<Answer>;

/**
 * Starts the console.
 *
 * @throws the listening error (EADDRINUSE, EACCES) as Node names it
 */
export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const respond = makeResponder(options);
  const files = buildPage();
  const server = createServer((message, response) => {
    const { port } = server.address() as AddressInfo;
    answer(message, port, files, respond)
      .catch((error: unknown) => {
        options.log?.(`The console failed: ${error instanceof Error ? error.message : String(error)}`);
        return problemAnswer(
          500,
          'console_failed',
          'The console failed',
          'Try again; if it stays, restart the console.',
        );
      })
      .then((reply) => write(message, response, reply));
  });
  const port = await listen(server, options.port);
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

async function answer(
  message: IncomingMessage,
  port: number,
  files: ReadonlyMap<string, PageFile>,
  respond: Respond,
): Promise<Answer> {
  const [path = '/', search = ''] = (message.url ?? '/').split(/\?(.*)/s);
  const file = files.get(path);
  const method = message.method ?? 'GET';
  const refusal = refusalOf({ method, headers: message.headers, isPage: file !== undefined }, port);
  if (refusal !== undefined) return refusal;
  if (file === undefined || method === 'POST') return respond(message, path, new URLSearchParams(search));
  const headers = { 'Content-Type': file.contentType, 'Cache-Control': 'no-cache', ETag: file.etag };
  if (message.headers['if-none-match'] === file.etag) return { status: 304, headers, body: '' };
  return { status: 200, headers, body: file.body };
}

/** Everything that is not a file of the page. */
function makeResponder(options: ConsoleOptions): Respond {
  const { api, region, identity, events, metrics } = options;
  const callOpsApi = makeOpsApi({
    api,
    region,
    credentials: options.credentials,
    explainCredentials: options.explainCredentials ?? (() => 'Sign in to AWS and restart the console.'),
  });
  return async (message, path, query) => {
    const method = message.method ?? 'GET';
    const ifNoneMatch = message.headers['if-none-match'];
    if (path.startsWith('/api/')) {
      const readBody = (): Promise<string | undefined> => bodyOf(message);
      return proxy({ method, path: path.slice('/api'.length), query, ifNoneMatch, readBody }, callOpsApi);
    }
    if (method !== 'POST' && path === '/config.json') {
      const has = { events: events !== undefined, metrics: metrics !== undefined };
      return jsonAnswer({ api, region, identity: identity ?? null, ...has });
    }
    if (method !== 'POST' && path === '/events' && events !== undefined) {
      return jsonAnswer({ events: await events(query.get('sessionId') ?? '') });
    }
    const counted = method === 'POST' ? undefined : answerMetrics(path, ifNoneMatch, metrics);
    if (counted !== undefined) return counted;
    return problemAnswer(404, 'not_found', 'Not found', 'There is nothing here. Open / for the console.');
  };
}

/** @returns undefined when it is too large */
async function bodyOf(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function write(message: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers });
  response.end(message.method === 'HEAD' || status === 304 ? undefined : body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
