import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Caller } from '../core/living-grant.ts';

/** A request of the device plane after its path was made regular. */
export interface DeviceEvent extends APIGatewayProxyEvent {
  /** The enrollment key of an `/e/<key>` endpoint, for clients that cannot send a header at registration. */
  enrollmentKey?: string;
  /** What stands before the routes in the API's address: a stage (`/v1`), a base path of a custom domain, or nothing. */
  basePath?: string;
}

/**
 * Makes the path regular: clients join endpoints and paths carelessly (the JS SDK sends `//client/register` to an endpoint
 * with a trailing slash), an `/e/<key>` prefix is the enrollment key and no part of the route, and neither is a base path.
 */
export function regularPath() {
  return {
    before({ event }: { event: DeviceEvent }): void {
      const asCalled = routePathOf(event);
      const full = event.requestContext?.path ?? '';
      event.basePath = full.endsWith(asCalled) ? full.slice(0, full.length - asCalled.length) : '';
      const path = `/${asCalled.split('/').filter(Boolean).join('/')}`;
      const prefixed = /^\/e\/([^/]+)(\/.*)?$/.exec(path);
      event.path = prefixed === null ? path : (prefixed[2] ?? '/');
      if (prefixed?.[1] !== undefined) event.enrollmentKey = prefixed[1];
    },
  };
}

/**
 * The path below the API's root: the matched resource with its parameters, since `path` may hold a base path too. The gateway
 * has decoded them: a slash in one that stands for one segment (`/sessions/%2F`) must not lead to another route.
 */
function routePathOf(event: DeviceEvent): string {
  if (!event.resource) return event.path;
  return event.resource.replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    const value = event.pathParameters?.[name] ?? '';
    return greedy === '' ? value.replaceAll('/', '%2F') : value;
  });
}

/** A header, whatever its case. */
export function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}

/** The body as text, at most so many bytes; undefined when it is longer. */
export function bodyOf(event: APIGatewayProxyEvent, maxBytes: number): string | undefined {
  if (event.body === null || event.body === undefined) return '';
  if (event.body.length > maxBytes * 2) return undefined;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  return bytes.length > maxBytes ? undefined : bytes.toString('utf8');
}

/**
 * The broker's own address, as the caller knows it: scheme, host, and what stands before the routes. Everything here is the
 * gateway's word, not the caller's.
 */
export function baseUrlOf(event: DeviceEvent): string {
  const scheme = headerOf(event, 'x-forwarded-proto') === 'http' ? 'http' : 'https';
  return `${scheme}://${event.requestContext.domainName}${event.basePath ?? ''}`;
}

/**
 * Where a request comes from, and where its device reaches the broker; by the gateway's word.
 *
 * @param activationUrl where people reach it, when that is another address
 */
export function callerOf(event: DeviceEvent, activationUrl?: string): Caller {
  return {
    sourceIp: event.requestContext.identity.sourceIp,
    baseUrl: activationUrl ?? baseUrlOf(event),
    correlationId: correlationIdOf(event),
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id that everything which follows from a request is logged with: the gateway's request id. Callers may set that one
 * themselves (API Gateway guide, "$context variables", requestId), and might put a secret there; what is not of the gateway's
 * own form is replaced by the id that nobody else can set.
 */
export function correlationIdOf({ requestContext }: DeviceEvent): string | undefined {
  const { requestId, extendedRequestId } = requestContext ?? {};
  return requestId !== undefined && UUID.test(requestId) ? requestId : extendedRequestId;
}
