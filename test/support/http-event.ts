import type { DeviceEvent } from '../../lambda/http/device-event.ts';

/** A request as a test writes it down. */
export interface HttpCall {
  readonly method?: string;
  /** As the client calls it, without the stage. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  /** Whether the gateway has made base64 of the body. */
  readonly base64?: boolean;
  /** What the gateway says of the caller, beside its address. */
  readonly identity?: Readonly<Record<string, unknown>>;
}

/** The stage of the API. */
export const STAGE = '/v1';

/** The request as API Gateway's REST API hands it to the function, caught by its proxy resource. */
export function deviceEvent({
  method = 'POST',
  path,
  query,
  headers = {},
  body = null,
  base64 = false,
  identity = {},
}: HttpCall): DeviceEvent {
  const sent = body !== null && base64 ? Buffer.from(body).toString('base64') : body;
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: { Host: 'broker.example', 'X-Forwarded-For': '203.0.113.66', ...headers },
    multiValueHeaders: {},
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      path: `${STAGE}${path}`,
      requestId: 'request-1',
      domainName: 'broker.example',
      identity: { sourceIp: '192.0.2.7', ...identity },
      requestTimeEpoch: Date.now(),
    },
    body: sent,
    isBase64Encoded: base64,
  } as unknown as DeviceEvent;
}

/** A request of the AWS dialect. */
export function jsonCall(path: string, members: unknown, own: Partial<HttpCall> = {}): HttpCall {
  const { headers, ...rest } = own;
  return { path, body: JSON.stringify(members), headers: { 'Content-Type': 'application/json', ...headers }, ...rest };
}

/** A request of the RFC dialect. */
export function formCall(
  path: string,
  members: Readonly<Record<string, string>> | string,
  own: Partial<HttpCall> = {},
): HttpCall {
  const { headers, ...rest } = own;
  const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
  return { path, body: new URLSearchParams(members).toString(), headers: form, ...rest };
}

/** A header of HTTP Basic. */
export function basic(clientId: string, clientSecret: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
}
