/** The REST API on loopback: routes, authorization and gateway answers as the template says, functions behind it. */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { proxyEvent } from './api-event.ts';
import { matchRoute, type RouteMatch } from './api-routes.ts';
import { type FairTurns, makeFairTurns } from './fair-turns.ts';
import { type FrontAnswer, functionAnswer } from './function-answer.ts';
import type { Invocation } from './functions.ts';
import { type GatewayResponseType, gatewayAnswer } from './gateway-responses.ts';
import { listenLocally } from './ports.ts';
import { readBody } from './request-body.ts';
import type { ApiDefinition } from './template-api.ts';

/** The running API. */
export interface ApiFront {
  /** `http://127.0.0.1:<port>`, or with TLS `https://…`; without a trailing slash. */
  readonly url: string;
  /** Answers what is under way, for at most the grace time, and stops. */
  close(): Promise<void>;
}

/** Mutual TLS: the API's own certificate, and the authorities whose devices may connect. All in PEM. */
export interface MutualTls {
  readonly certificate: string;
  readonly key: string;
  readonly truststore: string;
}

export interface ApiFrontOptions {
  readonly api: ApiDefinition;
  /** 0: any free port. */
  readonly port: number;
  /** Undefined: plain HTTP. */
  readonly tls?: MutualTls | undefined;
  readonly invoke: (functionArn: string, event: unknown) => Promise<Invocation>;
  /** How long a client may take to send a body, in milliseconds. */
  readonly bodyTimeoutMs?: number;
  /** How long `close` waits for answers under way, in milliseconds. */
  readonly graceMs?: number;
}

/** For callers that share a function, which is one thread here and not as many as are needed. */
const TURNS = { share: 2, staysMs: 10_000, pauseMs: 4 };

interface ServingOptions extends ApiFrontOptions {
  readonly turns: FairTurns;
}

/** A REST API takes no more. */
const LARGEST_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Starts the API.
 *
 * @throws StartError when the port is taken
 */
export async function startApiFront(options: ApiFrontOptions): Promise<ApiFront> {
  const server = serverOf(options);
  const port = await listenLocally(server, options.port, 'the API');
  const turns = makeFairTurns({ ...TURNS, now: Date.now, sleep });
  server.on('request', (message, response) => void serve({ ...options, turns }, message, response));
  server.on('clientError', (_error, socket) => refuseBrokenRequest(options.api, socket as Socket));
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${port}`, close: () => closeFront(server, options.graceMs ?? 3000) };
}

/** As behind a custom domain with a truststore: who shows no certificate of one of its authorities gets no connection. */
function serverOf({ tls }: ApiFrontOptions): Server | TlsServer {
  if (tls === undefined) return createServer();
  const { certificate: cert, key, truststore: ca } = tls;
  return createTlsServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
}

async function serve(options: ServingOptions, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  try {
    send(response, requestId, await answer(options, message, requestId));
  } catch {
    // A stand-in that fails must not take the API down: API Gateway has an answer for its own failures, too.
    send(response, requestId, gatewayAnswer(options.api, 'DEFAULT_5XX', requestId));
  }
}

async function answer(options: ServingOptions, message: IncomingMessage, requestId: string): Promise<FrontAnswer> {
  const refuse = (type: GatewayResponseType): FrontAnswer => gatewayAnswer(options.api, type, requestId);
  const receivedAtMs = Date.now();
  const { path, query } = target(message);
  const match = findRoute(options.api, message.method ?? 'GET', path);
  if (match === 'broken') return refuse('BAD_REQUEST_PARAMETERS');
  if (match === undefined) return refuse('MISSING_AUTHENTICATION_TOKEN');

  const accessKey = match.route.authorization === 'AWS_IAM' ? signerOf(message) : undefined;
  if (match.route.authorization === 'AWS_IAM' && accessKey === undefined) {
    return refuse('MISSING_AUTHENTICATION_TOKEN');
  }

  const received = await readBody(message, LARGEST_BODY_BYTES, options.bodyTimeoutMs ?? 15_000);
  if (received.outcome === 'too_large') return refuse('REQUEST_TOO_LARGE');
  if (received.outcome !== 'complete') return { ...refuse('DEFAULT_4XX'), close: true };

  const { port } = message.socket.address() as AddressInfo;
  const event = proxyEvent(options.api, match, {
    message,
    path,
    query,
    body: received.body,
    requestId,
    receivedAtMs,
    domainName: `127.0.0.1:${port}`,
    ...(accessKey === undefined ? {} : { accessKey }),
  });
  const caller = accessKey ?? clientNamedIn(message, received.body) ?? message.socket.remoteAddress ?? '';
  const invocation = await options.turns.take(caller, () => options.invoke(match.route.functionArn, event));
  if (invocation.outcome === 'answered') return functionAnswer(invocation.answer) ?? refuse('DEFAULT_5XX');
  return refuse(invocation.outcome === 'timed_out' ? 'INTEGRATION_TIMEOUT' : 'INTEGRATION_FAILURE');
}

/** `//client/register` is a path of its own, which `new URL` would take for a host. */
function target({ url = '/' }: IncomingMessage): { path: string; query: string } {
  const local = url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  const [path = '', query = ''] = local.split(/\?(.*)/s);
  return { path: path === '' ? '/' : path, query };
}

function findRoute(api: ApiDefinition, method: string, path: string): RouteMatch | 'broken' | undefined {
  try {
    return matchRoute(api.routes, method, path);
  } catch {
    return 'broken';
  }
}

const SIGNATURE_V4 =
  /^AWS4-HMAC-SHA256 +Credential=([\w.@+=-]+)\/\d{8}\/[a-z0-9-]+\/execute-api\/aws4_request, *SignedHeaders=[^,\s]+, *Signature=[0-9a-f]{64}$/;

/**
 * The access key that a request is signed with. The local run checks that a call is signed, not by whom: it knows no
 * secret of anybody's. On AWS the signature and the caller's permissions are checked.
 */
function signerOf({ headers }: IncomingMessage): string | undefined {
  return SIGNATURE_V4.exec(headers.authorization ?? '')?.[1];
}

const CLIENT_ID = /"clientId"\s*:\s*"([\w-]{1,64})"|(?:^|&)client_id=([\w-]{1,64})(?:&|$)/;

/** The client that a request says it is of, proven or not: several devices of one address do not share their turns. */
function clientNamedIn({ headers }: IncomingMessage, body: string): string | undefined {
  const [, inJson, inForm] = CLIENT_ID.exec(body.slice(0, 4_096)) ?? [];
  const [, basic = ''] = /^Basic +([\w+/=-]{1,512})$/i.exec(headers.authorization ?? '') ?? [];
  return inJson ?? inForm ?? (Buffer.from(basic, 'base64').toString().split(':')[0] || undefined);
}

function send(response: ServerResponse, requestId: string, reply: FrontAnswer): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  response.setHeader('x-amzn-RequestId', requestId);
  response.setHeader('Content-Length', Buffer.byteLength(reply.body));
  if (reply.close === true) response.setHeader('Connection', 'close');
  response.writeHead(reply.statusCode);
  response.end(reply.body);
}

/** A request that is not HTTP never reaches a route; what answers it is JSON all the same. */
function refuseBrokenRequest(api: ApiDefinition, socket: Socket): void {
  if (!socket.writable) return;
  const { headers, body } = gatewayAnswer(api, 'DEFAULT_4XX', randomUUID());
  const lines = Object.entries({ ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head}\r\n${body}`);
}

function closeFront(server: Server | TlsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(giveUp);
      resolve();
    });
    server.closeIdleConnections();
  });
}
