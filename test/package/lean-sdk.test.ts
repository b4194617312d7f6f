import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LEAN_ALIASES, leanSdk } from '../../lib/packaging/lean-sdk.ts';
import type * as Clients from './lean-clients.ts';

const folder = mkdtempSync(join(tmpdir(), 'broker-lean-'));
let clients: typeof Clients;
let endpoint: string;

/** An answer of the service. */
interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Record<string, string>;
}

/** What the service answers next, the last for ever, and what it was asked last. */
let answers: Answer[];
let asked: IncomingMessage | undefined;

const service = createServer((request, response) => {
  asked = request;
  request.resume();
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  request.on('end', () => response.writeHead(answer?.status ?? 500, answer?.headers).end(JSON.stringify(answer?.body)));
});

beforeAll(async () => {
  await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
  endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const outfile = join(folder, 'clients.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'lean-clients.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: { ...LEAN_ALIASES },
    plugins: [leanSdk(join(import.meta.dirname, '../../lambda'))],
  });
  clients = createRequire(outfile)(outfile) as typeof Clients;
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'FROMENVIRONMENT');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'made-up');
});
afterEach(() => {
  asked = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  service.closeAllConnections();
  service.close();
  rmSync(folder, { recursive: true });
});

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: Error) => error,
  );

describe('the AWS SDK as it is bundled', () => {
  it('signs with the credentials of the environment', async () => {
    answers = [{ status: 200, body: {} }];

    await clients.put(endpoint);

    expect(asked?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=FROMENVIRONMENT\//);
  });

  it('says in every request which version it is, as AWS expects of it', async () => {
    answers = [{ status: 200, body: {} }];

    await clients.put(endpoint);

    expect(asked?.headers['user-agent']).toMatch(/^aws-sdk-js\/3\.\d+\.\d+ /);
  });

  it('knows a failed condition with the item that failed it', async () => {
    const type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
    answers = [{ status: 400, body: { __type: type, message: 'no', Item: { pk: { S: 'a' }, polls: { N: '7' } } } }];

    const error = await failureOf(clients.put(endpoint));

    expect(error).toBeInstanceOf(clients.classes.ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: { pk: { S: 'a' }, polls: { N: '7' } } });
  });

  it('gives an error without a class of its own the name and the message that the service gave it', async () => {
    answers = [{ status: 400, body: { __type: 'DisabledException', message: 'The key is disabled.' } }];

    const error = await failureOf(clients.encrypt(endpoint));

    expect(error).toBeInstanceOf(clients.classes.KMSServiceException);
    expect(error).toMatchObject({
      name: 'DisabledException',
      message: 'The key is disabled.',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('gives an OAuth error of Identity Center its name, its code and its description', async () => {
    const body = { error: 'slow_down', error_description: 'Polling too fast' };
    answers = [{ status: 400, body, headers: { 'x-amzn-ErrorType': 'SlowDownException' } }];

    const error = await failureOf(clients.createToken(endpoint));

    expect(error).toBeInstanceOf(clients.classes.SSOOIDCServiceException);
    expect(error).toMatchObject({ name: 'SlowDownException', ...body, $fault: 'client' });
  });

  it('tries again after a throttle, as ever', async () => {
    answers = [
      { status: 400, body: { __type: 'ThrottlingException' } },
      { status: 200, body: {} },
    ];

    await expect(clients.encrypt(endpoint)).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  });
});
