/** The broker's device API behind a thin HTTP front: `node broker-server.ts <bundle> <memory|dynalite>`. */
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { deviceEvent } from '../../../support/http-event.ts';
import { startTable } from '../real-parts.ts';
import type * as Plane from './device-plane.ts';
import { AHEAD_HEADER, APPROVE_HEADER, CLIENT_IDS, reportTo } from './server.ts';

const [, , bundle = '', storage] = process.argv;

// Embedded, as in the local run: its work is work of this process.
if (storage === 'dynalite') process.env.AWS_ENDPOINT_URL_DYNAMODB = (await startTable()).url;

const plane = createRequire(bundle)(bundle) as typeof Plane;
await plane.registerClients(CLIENT_IDS);

async function answer(message: IncomingMessage): Promise<APIGatewayProxyResult> {
  const approved = message.headers[APPROVE_HEADER];
  if (typeof approved === 'string') plane.approve(approved);
  const headers = { 'Content-Type': message.headers['content-type'] ?? '' };
  const event = deviceEvent({ path: message.url ?? '/', headers, body: await bodyOf(message) });
  const handle = () => plane.handler(event, {} as never, {} as never) as Promise<APIGatewayProxyResult>;
  return plane.atTime(Number(message.headers[AHEAD_HEADER] ?? 0), handle);
}

/** By events, the plainest way that node:http has: the front should not be what is measured. */
function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    message.on('error', reject);
  });
}

const server = createServer((message, response) => {
  answer(message).then(({ statusCode, headers, body }) => {
    response.writeHead(statusCode, {
      ...(headers as Record<string, string>),
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
reportTo({ start: `${url}/device_authorization`, token: `${url}/token` });
