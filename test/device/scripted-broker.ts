import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';

/** What the broker shall answer to one request. */
export interface ScriptedAnswer {
  /** `cut`: the connection is closed without an answer. @default 200 */
  readonly status?: number | 'cut';
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, as it came. */
export interface ReceivedCall {
  readonly route: string;
  readonly atMs: number;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly form: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A broker that answers by a script, made anew for each test: its secrets are found nowhere else. */
export interface ScriptedBroker {
  readonly url: string;
  readonly enrollmentKey: string;
  /** By route; the last answer repeats. Routes without a script answer as a patient broker does. */
  readonly script: Record<string, ScriptedAnswer[]>;
  readonly calls: ReceivedCall[];
  /** All that must never be seen in a command line or an output. */
  readonly secrets: readonly string[];
  readonly clientSecret: string;
  readonly deviceCode: string;
  /** An answer of /token: a fleet's token, or a handle. */
  tokens(kind: 'token' | 'handle', expiresInSeconds?: number): ScriptedAnswer;
  /** An answer of /credentials. */
  credentials(secondsLeft: number): ScriptedAnswer;
  /** How long an answer takes, milliseconds. @default 0 */
  delayMs: number;
  callsOf(route: string): ReceivedCall[];
  /** Resolves when a route has had so many calls. */
  called(route: string, times: number): Promise<void>;
  close(): Promise<void>;
}

/** An error of the device plane (RFC 6749 §5.2). */
export function oauthError(
  error: string,
  status = 400,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer {
  return { status, headers, body: { error, error_description: `The broker says ${error}.`, message: error } };
}

/** The settings of a device that may enroll there. */
export function enrolledAt(broker: ScriptedBroker): { api: string; enrollmentKey: string; secrets: readonly string[] } {
  return { api: broker.url, enrollmentKey: broker.enrollmentKey, secrets: broker.secrets };
}

const word = (): string => randomBytes(24).toString('base64url');

/** Starts a broker that ends with the test. @param port 0: any free one */
export async function startScriptedBroker(ctx: TestContext, port = 0): Promise<ScriptedBroker> {
  const made = {
    enrollmentKey: word(),
    clientSecret: word(),
    deviceCode: word(),
    accessToken: word(),
    refreshToken: word(),
    handle: word(),
    secretAccessKey: word(),
    sessionToken: word(),
  };
  const defaults: Record<string, ScriptedAnswer> = {
    '/register': { status: 201, body: registration(made.clientSecret) },
    '/device_authorization': { body: authorization(made.deviceCode) },
    '/token': oauthError('authorization_pending'),
    '/revoke': { body: {} },
  };
  const script: Record<string, ScriptedAnswer[]> = {};
  const calls: ReceivedCall[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    void receive(request).then((call) => {
      calls.push(call);
      const queue = script[call.route] ?? [];
      const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? defaults[call.route] ?? { status: 404 };
      setTimeout(() => send(response, answer), broker.delayMs);
      for (const check of waiting) check();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  ctx.onTestFinished(close);
  const callsOf = (route: string): ReceivedCall[] => calls.filter((call) => call.route === route);
  const broker: ScriptedBroker = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    enrollmentKey: made.enrollmentKey,
    clientSecret: made.clientSecret,
    deviceCode: made.deviceCode,
    secrets: Object.values(made),
    script,
    calls,
    delayMs: 0,
    tokens: (kind, expiresInSeconds = 3600) => ({
      body: {
        access_token: kind === 'token' ? made.accessToken : made.handle,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        refresh_token: kind === 'token' ? made.refreshToken : made.handle,
      },
    }),
    credentials: (secondsLeft) => ({
      body: {
        AccessKeyId: 'ASIAEXAMPLE',
        SecretAccessKey: made.secretAccessKey,
        Token: made.sessionToken,
        Expiration: new Date(Date.now() + secondsLeft * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
        AccountId: '111122223333',
      },
    }),
    callsOf,
    called: (route, times) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (callsOf(route).length >= times) resolve();
        };
        waiting.push(check);
        check();
      }),
    close,
  };
  return broker;
}

function registration(clientSecret: string): Record<string, unknown> {
  const issuedAt = Math.floor(Date.now() / 1000);
  return {
    client_id: 'client-1',
    client_secret: clientSecret,
    client_id_issued_at: issuedAt,
    client_secret_expires_at: issuedAt + 7_776_000,
  };
}

function authorization(deviceCode: string): Record<string, unknown> {
  return {
    device_code: deviceCode,
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://device.example.com/',
    verification_uri_complete: 'https://device.example.com/?user_code=ABCD-EFGH',
    expires_in: 600,
    interval: 1,
  };
}

async function receive(request: IncomingMessage): Promise<ReceivedCall> {
  const atMs = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  return {
    route: request.url ?? '',
    atMs,
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'],
    form: Object.fromEntries(new URLSearchParams(body)),
    body,
  };
}

function send(response: ServerResponse, { status = 200, body, headers = {} }: ScriptedAnswer): void {
  if (status === 'cut') {
    response.destroy();
    return;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close', ...headers });
  response.end(text);
}
