/** The one loopback endpoint behind which all AWS stand-ins of the local run sit. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsError, type AwsReply, type AwsService, errorReply } from './wire.ts';

/** A running endpoint. */
export interface AwsEndpoint {
  /** `http://127.0.0.1:<port>`, for the `AWS_ENDPOINT_URL_*` variables. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the endpoint on a free port.
 *
 * @param services by the prefix of `X-Amz-Target`, such as `DynamoDB_20120810`
 * @param onFault told of exceptions that are not answers: bugs of the stand-ins
 */
export async function startAwsEndpoint(
  services: Readonly<Record<string, AwsService>>,
  onFault: (error: unknown) => void,
): Promise<AwsEndpoint> {
  const server = createServer((request, response) => {
    answer(services, request)
      .catch((error: unknown) => {
        if (error instanceof AwsError) return errorReply(error);
        onFault(error);
        return errorReply(new AwsError('InternalServerError', 'The local stand-in failed.', 500));
      })
      .then((reply) => send(response, reply));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closeServer(server),
  };
}

async function answer(services: Readonly<Record<string, AwsService>>, request: IncomingMessage): Promise<AwsReply> {
  const [prefix = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  const service = Object.hasOwn(services, prefix) ? services[prefix] : undefined;
  if (service === undefined) throw new AwsError('UnknownOperationException', 'The local run has no such service.');
  return service({ operation, body: await text(request) });
}

function send(response: ServerResponse, reply: AwsReply): void {
  response.writeHead(reply.status, {
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}

/** Closes a server and its idle connections; what is being answered is answered. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
