/** The gateway in front of the functions, in this process: the template's routes, and events as API Gateway makes them. */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { proxyEvent } from '../../local/api-event.ts';
import { matchRoute, type RouteMatch } from '../../local/api-routes.ts';
import type { ApiDefinition } from '../../local/template-api.ts';
import { deployedApp } from '../faults/template.ts';
import type { Plane } from './bundle-plane.ts';

/** A request as it is sent. */
export interface FuzzRequest {
  readonly method: string;
  /** Percent-encoded, or meant to be. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Whether the gateway makes base64 of the body, as it does of media types that it takes for binary. */
  readonly base64: boolean;
  readonly sourceIp: string;
  /** Who has signed it, an ARN. */
  readonly signer?: string | undefined;
  /** The certificate of its connection, PEM. */
  readonly certificate?: string | undefined;
}

/** What it was answered; `gateway` when no function was asked. */
export type Answered =
  | { readonly by: 'gateway' }
  | { readonly by: 'device-api' | 'ops-api'; readonly route: string; readonly answer: APIGatewayProxyResult };

/** Sends a request to the functions of a plane. */
export async function send(plane: Plane, request: FuzzRequest): Promise<Answered> {
  const { api } = deployedApp();
  const match = routeOf(api, request);
  if (match === undefined || (match.route.authorization === 'AWS_IAM' && request.signer === undefined)) {
    return { by: 'gateway' };
  }
  const by = match.route.functionArn.includes('OpsApi') ? 'ops-api' : 'device-api';
  const handler = by === 'ops-api' ? plane.opsApi : plane.deviceApi;
  const event = eventOf(plane, api, match, request);
  const answer = (await handler(event as never, {} as Context, {} as never)) as APIGatewayProxyResult;
  return { by, route: match.route.resourcePath, answer };
}

function routeOf(api: ApiDefinition, { method, path }: FuzzRequest): RouteMatch | undefined {
  try {
    return matchRoute(api.routes, method, path);
  } catch (error) {
    // A parameter whose percent-encoding is broken is the gateway's to refuse.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** All that is read of a message. */
function messageOf({ method, headers, sourceIp }: FuzzRequest): IncomingMessage {
  const names = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    httpVersion: '1.1',
    rawHeaders: headers.flat(),
    headers: names,
    socket: { remoteAddress: sourceIp, encrypted: undefined, getPeerCertificate: () => ({}) },
  } as unknown as IncomingMessage;
}

function eventOf(plane: Plane, api: ApiDefinition, match: RouteMatch, request: FuzzRequest): APIGatewayProxyEvent {
  const { path, query, body, base64, signer, certificate } = request;
  const event = proxyEvent(api, match, {
    message: messageOf(request),
    path,
    query,
    body: base64 ? Buffer.from(body).toString('base64') : body,
    requestId: '00000000-0000-4000-8000-000000000001',
    receivedAtMs: plane.systemClock.nowMs(),
    domainName: 'broker.example',
  });
  const identity = { ...event.requestContext.identity, userArn: signer ?? null };
  const clientCert = certificate === undefined ? null : { clientCertPem: certificate };
  return {
    ...event,
    isBase64Encoded: base64,
    requestContext: {
      ...event.requestContext,
      identity: { ...identity, clientCert } as APIGatewayProxyEvent['requestContext']['identity'],
    },
  };
}
