/**
 * What API Gateway answers by itself, without asking a function: shaped so that an OAuth client and an AWS SDK both
 * survive it. Above all no 429, which most device flow clients take for the end.
 */
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

interface ErrorAnswer {
  readonly type: ResponseType;
  readonly id: string;
  /** Left out, API Gateway's own status stays. */
  readonly status?: number;
  /** RFC 6749 §5.2, RFC 8628 §3.5. */
  readonly error: 'slow_down' | 'access_denied' | 'invalid_request';
  readonly text: string;
  readonly retryAfterSeconds?: number;
}

/** The names that AWS SDKs know the errors by (SSO OIDC API reference). */
const EXCEPTIONS = {
  slow_down: 'SlowDownException',
  access_denied: 'AccessDeniedException',
  invalid_request: 'InvalidRequestException',
} as const;

/** Before the functions nobody knows whether a device starts or polls; this much does not hurt who polls. */
const RETRY_AFTER_SECONDS = 8;

const BUSY = 'Too many requests at once. Wait at least 5 seconds longer between requests, then try again.';
const UNAVAILABLE = 'The broker could not answer in time. Wait at least 5 seconds, then send the same request again.';
const UNREADABLE = 'The request could not be read. Check its path, its parameters and its body, then send it again.';

const slowDown = { status: 400, error: 'slow_down', text: BUSY, retryAfterSeconds: RETRY_AFTER_SECONDS } as const;
const unavailable = {
  status: 503,
  error: 'slow_down',
  text: UNAVAILABLE,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
} as const;
const unreadable = { error: 'invalid_request', text: UNREADABLE } as const;
const refused = (text: string) => ({ status: 403, error: 'access_denied', text }) as const;
const invalid = (status: number, text: string) => ({ status, error: 'invalid_request', text }) as const;

const ANSWERS: readonly ErrorAnswer[] = [
  { type: ResponseType.THROTTLED, id: 'Throttled', ...slowDown },
  { type: ResponseType.QUOTA_EXCEEDED, id: 'QuotaExceeded', ...slowDown },
  { type: ResponseType.INTEGRATION_TIMEOUT, id: 'IntegrationTimeout', ...unavailable },
  { type: ResponseType.INTEGRATION_FAILURE, id: 'IntegrationFailure', ...unavailable },
  { type: ResponseType.DEFAULT_5XX, id: 'Default5xx', ...unavailable },
  { type: ResponseType.BAD_REQUEST_BODY, id: 'BadRequestBody', status: 400, ...unreadable },
  { type: ResponseType.BAD_REQUEST_PARAMETERS, id: 'BadRequestParameters', status: 400, ...unreadable },
  { type: ResponseType.DEFAULT_4XX, id: 'Default4xx', ...unreadable },
  {
    type: ResponseType.RESOURCE_NOT_FOUND,
    id: 'ResourceNotFound',
    ...invalid(404, 'There is nothing here. GET /.well-known/oauth-authorization-server lists the endpoints.'),
  },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    id: 'RequestTooLarge',
    ...invalid(413, 'The request is too large. Send at most 10 MB.'),
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    id: 'UnsupportedMediaType',
    ...invalid(415, 'Send application/json or application/x-www-form-urlencoded.'),
  },
  {
    type: ResponseType.WAF_FILTERED,
    id: 'WafFiltered',
    ...refused('This request is blocked. Ask the operator of the broker whether this network may use it.'),
  },
  {
    type: ResponseType.ACCESS_DENIED,
    id: 'AccessDenied',
    ...refused(
      'This caller, or its network, may not use this operation. Ask the operator of the broker for execute-api:Invoke.',
    ),
  },
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    id: 'MissingAuthenticationToken',
    ...refused('Sign the request with AWS Signature Version 4 (service execute-api), or check its path and method.'),
  },
  {
    type: ResponseType.INVALID_SIGNATURE,
    id: 'InvalidSignature',
    ...refused('The signature is wrong. Check credentials, Region and service (execute-api), then sign again.'),
  },
  {
    type: ResponseType.EXPIRED_TOKEN,
    id: 'ExpiredToken',
    ...refused('The credentials of this request have expired. Fetch new ones and sign the request again.'),
  },
];

/** Gives an API these answers. */
export function addGatewayResponses(api: RestApi): void {
  for (const answer of ANSWERS) {
    api.addGatewayResponse(answer.id, {
      type: answer.type,
      ...(answer.status === undefined ? {} : { statusCode: String(answer.status) }),
      // Header values are expressions to API Gateway; the inner quotes make them literals.
      responseHeaders: Object.fromEntries(
        Object.entries({ 'Content-Type': 'application/json', ...headersOf(answer) }).map(([k, v]) => [k, `'${v}'`]),
      ),
      templates: { 'application/json': bodyOf(answer) },
    });
  }
}

/** What a client hears that sends too much, for whatever else throttles before the functions. */
export const THROTTLED = {
  status: slowDown.status,
  headers: headersOf(slowDown),
  body: bodyOf(slowDown),
};

function headersOf({ error, retryAfterSeconds }: Omit<ErrorAnswer, 'type' | 'id'>): Record<string, string> {
  return {
    'Cache-Control': 'no-store',
    'x-amzn-ErrorType': EXCEPTIONS[error],
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
  };
}

/** `error` and `error_description` for OAuth clients, `message` for AWS SDKs. */
function bodyOf({ error, text }: Omit<ErrorAnswer, 'type' | 'id'>): string {
  return JSON.stringify({ error, error_description: text, message: text });
}
