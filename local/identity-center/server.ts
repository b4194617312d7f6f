import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApprovals } from './approvals.ts';
import { type CallLog, createCallLog } from './calls.ts';
import type { Knobs } from './knobs.ts';
import type { RandomBytes } from './mint.ts';
import { type Account, DEFAULT_ACCOUNTS } from './portal.ts';
import { createRoutes, type Exchange, type Route } from './routes.ts';
import { openStore } from './store.ts';
import { type Answer, json } from './wire.ts';

/** How the stand-in runs. Lifetimes are the real service's unless said otherwise. */
export type IdentityCenterOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  /** Where everything is kept across restarts; absent: in memory only. */
  readonly journalPath?: string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** @default node:crypto's randomBytes */
  readonly random?: RandomBytes;
  /** @default 600 */
  readonly deviceCodeLifetimeSeconds?: number;
  /** @default 1 */
  readonly intervalSeconds?: number;
  /** Of registrations with the scope `sso:account:access`; others get 8 h. @default 3600 */
  readonly accessTokenLifetimeSeconds?: number;
  /** From the approval on. @default 28800 */
  readonly sessionLifetimeSeconds?: number;
  /** @default 7776000, 90 days */
  readonly registrationLifetimeSeconds?: number;
  /** Start URLs that are accepted beside its own. @default none */
  readonly extraStartUrls?: readonly string[];
  /** @default two accounts with roles */
  readonly accounts?: readonly Account[];
  /** Receives one line a call, without any secret. @default silent */
  readonly log?: (line: string) => void;
};

/** A running stand-in. */
export type IdentityCenter = {
  /** `http://127.0.0.1:port`, no slash at its end: the endpoint of SSO OIDC and of the portal. */
  readonly url: string;
  readonly startUrl: string;
  readonly knobs: Knobs;
  readonly calls: CallLog;
  /** Stops answering; calls that hang are cut off. */
  close(): Promise<void>;
};

/** Larger bodies are refused; a token request is under 2 KB. */
const LARGEST_BODY_BYTES = 65_536;

/**
 * Starts a stand-in for IAM Identity Center on loopback: the SSO OIDC device flow, the portal API and the page where a
 * person approves.
 * @throws Error when the port is taken or the journal is damaged.
 */
export async function startIdentityCenter(options: IdentityCenterOptions): Promise<IdentityCenter> {
  const { now = Date.now, log = () => {}, random = randomBytes } = options;
  const server = createServer();
  // Clients keep idle connections; closing one just as they reuse it would look like an outage.
  server.keepAliveTimeout = 65_000;
  await listen(server, options.port);
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const startUrl = `${url}/start`;
    const knobs = initialKnobs(options);
    const calls = createCallLog();
    // After listening: a second instance fails on the port before it can touch the first one's journal.
    const store = openStore(options.journalPath, now());
    const routes = createRoutes({
      store,
      knobs,
      calls,
      log,
      random,
      url,
      startUrls: [startUrl, ...(options.extraStartUrls ?? [])],
      registrationLifetimeSeconds: options.registrationLifetimeSeconds ?? 7_776_000,
      accounts: options.accounts ?? DEFAULT_ACCOUNTS,
      approvals: createApprovals(store, knobs, random),
    });
    server.on('request', (request, response) => {
      serve(routes, now(), request, response).catch((error: unknown) => {
        log(`connection lost: ${error instanceof Error ? error.name : 'unknown'}`);
        request.socket.destroy();
      });
    });
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= closeServer(server).then(() => store.close());
      return closing;
    };
    return { url, startUrl, knobs, calls, close };
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

function initialKnobs(options: IdentityCenterOptions): Knobs {
  return {
    latencyMs: 0,
    failNext: [],
    dropAfterCommit: null,
    hang: null,
    deviceCodeLifetimeSeconds: options.deviceCodeLifetimeSeconds ?? 600,
    intervalSeconds: options.intervalSeconds ?? 1,
    accessTokenLifetimeSeconds: options.accessTokenLifetimeSeconds ?? 3600,
    sessionLifetimeSeconds: options.sessionLifetimeSeconds ?? 28_800,
  };
}

async function serve(
  routes: ReadonlyMap<string, Route>,
  arrivedAtEpochMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const rawPath = target.replace(/\?.*$/s, '');
  // The JavaScript SDK turns an endpoint that ends in a slash into `//client/register`.
  const path = rawPath.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
  const exchange: Exchange = {
    arrivedAtEpochMs,
    query: new URLSearchParams(target.slice(rawPath.length)),
    headers: request.headers,
    body: await readBody(request),
  };
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const route = routes.get(`${method} ${path}`) ?? nothingHere;
  const delivery = await route(exchange);
  if (delivery === 'never') return;
  if (delivery === 'destroy') request.socket.destroy();
  else response.writeHead(delivery.status, delivery.headers).end(delivery.body);
}

function nothingHere(): Answer {
  const message = 'Nothing is here. Use the SSO OIDC and portal paths, or open / in a browser to approve a device.';
  return json('UnknownOperationException', 404, { message });
}

/** The body as text; `undefined` when it is too large. It is read to its end even so: an answer needs a whole request. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  return size <= LARGEST_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
