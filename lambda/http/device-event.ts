import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A request of the device plane after its path was made regular. */
export interface DeviceEvent extends APIGatewayProxyEvent {
  /** The enrollment key of an `/e/<key>` endpoint, for clients that cannot send a header at registration. */
  enrollmentKey?: string;
}

/**
 * Makes the path regular: clients join endpoints and paths carelessly (the JS SDK sends `//client/register` to an endpoint
 * with a trailing slash), and an `/e/<key>` prefix is the enrollment key, not part of the route.
 */
export function regularPath() {
  return {
    before({ event }: { event: DeviceEvent }): void {
      const path = `/${event.path.split('/').filter(Boolean).join('/')}`;
      const prefixed = /^\/e\/([^/]+)(\/.*)?$/.exec(path);
      event.path = prefixed === null ? path : (prefixed[2] ?? '/');
      if (prefixed?.[1] !== undefined) event.enrollmentKey = prefixed[1];
    },
  };
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
 * The broker's own address, as the caller knows it: scheme, host, and the stage or base path in front of the routes.
 * Everything here is the gateway's word, not the caller's.
 */
export function baseUrlOf(event: DeviceEvent, routePath: string): string {
  const { domainName, path } = event.requestContext;
  const scheme = headerOf(event, 'x-forwarded-proto') === 'http' ? 'http' : 'https';
  const end = path.replace(/\/+$/, '').lastIndexOf(routePath);
  return `${scheme}://${domainName}${end > 0 ? path.slice(0, end) : ''}`;
}
