import type { APIGatewayProxyResult } from 'aws-lambda';
import { logFault } from '../adapters/observer.ts';
import type { Observe } from '../core/events.ts';
import { OAUTH_ERRORS, OAuthError, refuse } from '../core/oauth-error.ts';
import { json } from './answers.ts';
import { usesBasic } from './client-credentials.ts';
import { correlationIdOf, type DeviceEvent } from './device-event.ts';

/**
 * The one place that renders a failure of the device plane. Both dialects have the same envelope, the superset that every known
 * client takes: the bare type in a header, and `error`, `error_description` and `message` in the body.
 */
export function oauthErrors(observe: Observe) {
  return {
    onError(request: { event: DeviceEvent; error: Error | null; response?: unknown }): void {
      request.response = render(toOAuthError(request.error, request.event, observe), request.event, observe);
    },
  };
}

const RETRY_AFTER_SECONDS = 5;
/** A start may wait: while a whole fleet starts, what is in trouble gets the time to recover. */
const START_AGAIN_SECONDS = 8;

/** A fault becomes something that a client survives: a device that polls goes on polling, everybody else may retry. */
function toOAuthError(error: Error | null, event: DeviceEvent, observe: Observe): OAuthError {
  if (error instanceof OAuthError) return error;
  observe({ event: 'request_failed', route: routeOf(event) });
  logFault('request_failed', error, { route: routeOf(event), correlationId: correlationIdOf(event) });
  const description = 'The broker could not do this now. Wait and try again.';
  return event.path === '/token' && !asksForRefresh(event)
    ? new OAuthError(refuse('slow_down', description, RETRY_AFTER_SECONDS))
    : new OAuthError(refuse('server_error', description, isStart(event) ? START_AGAIN_SECONDS : RETRY_AFTER_SECONDS));
}

const isStart = ({ path }: DeviceEvent): boolean => path === '/device_authorization';

/** Also in a body that came as base64, which gateways make of what has no Content-Type. */
function asksForRefresh(event: DeviceEvent): boolean {
  return /refresh_token/.test(Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString());
}

/** The route for the log; any other path may hold a secret in the wrong place. */
function routeOf(event: DeviceEvent): string {
  return /^\/[a-z_./-]{0,40}$/.test(event.path) ? event.path : 'other';
}

function render(error: OAuthError, event: DeviceEvent, observe: Observe): APIGatewayProxyResult {
  const { refused, description, retryAfterSeconds } = error.refusal;
  const text = printable(description);
  const correlationId = correlationIdOf(event);
  if (refused !== 'authorization_pending') {
    observe({ event: 'request_refused', route: routeOf(event), refused, ...(correlationId && { correlationId }) });
  }
  return json(
    error.status,
    { error: refused, error_description: text, message: text },
    {
      'x-amzn-ErrorType': OAUTH_ERRORS[refused].exception,
      'x-amzn-RequestId': event.requestContext?.requestId ?? '',
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
      ...challenge(refused, event),
      ...error.headers,
    },
  );
}

/** RFC 6749 §5.2 and RFC 6750 §3: a challenge only for who used, or should have used, the Authorization header. */
function challenge(refused: string, event: DeviceEvent): Record<string, string> {
  if (refused === 'invalid_client' && usesBasic(event))
    return { 'WWW-Authenticate': 'Basic realm="fleet-token-broker"' };
  if (refused === 'invalid_token')
    return { 'WWW-Authenticate': 'Bearer realm="fleet-token-broker", error="invalid_token"' };
  return {};
}

/** RFC 6749 §5.2: descriptions are printable ASCII without quote and backslash. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, ' ');
}
