import { randomUUID } from 'node:crypto';

/** One HTTP answer, complete before anything is sent; `outcome` is `ok` or the exception's name, for the call log. */
export type Answer = {
  readonly outcome: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What an operation of the SSO OIDC or the portal API gets to see of a request. */
export type OperationRequest = {
  readonly body: JsonObject;
  readonly query: URLSearchParams;
  /** Empty when the request has none. */
  readonly bearerToken: string;
  readonly arrivedAtEpochMs: number;
};

/** An operation: everything it changes is stored when it returns, so that an answer never promises what a crash can lose. */
export type RunOperation = (request: OperationRequest) => Answer;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Result of reading required members: the members, or the refusal to send. */
export type Members<Name extends string> =
  | { readonly kind: 'members'; readonly members: Readonly<Record<Name, string>> }
  | { readonly kind: 'refused'; readonly answer: Answer };

/** Status and `error` value of every SSO OIDC exception this service sends (service model sso-oidc/2019-06-10). */
const OIDC_ERRORS = {
  InvalidRequestException: { status: 400, error: 'invalid_request' },
  InvalidClientException: { status: 401, error: 'invalid_client' },
  InvalidGrantException: { status: 400, error: 'invalid_grant' },
  UnsupportedGrantTypeException: { status: 400, error: 'unsupported_grant_type' },
  InvalidScopeException: { status: 400, error: 'invalid_scope' },
  AuthorizationPendingException: { status: 400, error: 'authorization_pending' },
  SlowDownException: { status: 400, error: 'slow_down' },
  AccessDeniedException: { status: 400, error: 'access_denied' },
  ExpiredTokenException: { status: 400, error: 'expired_token' },
  InvalidClientMetadataException: { status: 400, error: 'invalid_client_metadata' },
  InternalServerException: { status: 500, error: 'server_error' },
} as const;

/** Status of every portal exception (service model sso/2019-06-10); 500 and 503 are unmodelled but happen. */
const PORTAL_ERRORS = {
  InvalidRequestException: 400,
  UnauthorizedException: 401,
  ResourceNotFoundException: 404,
  TooManyRequestsException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const;

export type OidcErrorName = keyof typeof OIDC_ERRORS;
export type PortalErrorName = keyof typeof PORTAL_ERRORS;

/** A successful API answer. The real service sends its members in alphabetical order. */
export function success(body: JsonObject): Answer {
  return json('ok', 200, body);
}

/** An SSO OIDC error as the real service sends it: the type only in the header, with its URL suffix; no `message`. */
export function oidcError(name: OidcErrorName, description: string): Answer {
  const { status, error } = OIDC_ERRORS[name];
  const errorType = `${name}:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/`;
  return json(name, status, { error, error_description: description }, { 'x-amzn-ErrorType': errorType });
}

/** A portal error: `message` in the body, the type in the header. Also used for faults that no model describes. */
export function portalError(name: PortalErrorName, message: string): Answer {
  const errorType = `${name}:http://internal.amazon.com/coral/com.amazonaws.switchboard.portal/`;
  return json(name, PORTAL_ERRORS[name], { message }, { 'x-amzn-ErrorType': errorType });
}

/** A JSON answer of any status, members sorted, never cached. */
export function json(outcome: string, status: number, body: JsonObject, headers: Record<string, string> = {}): Answer {
  const sorted = Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    outcome,
    status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'x-amzn-RequestId': randomUUID(),
      ...headers,
    },
    body: JSON.stringify(sorted),
  };
}

/** Parses a request body; `undefined` when it is not a JSON object. An empty body is an empty object. */
export function parseJsonObject(text: string): JsonObject | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads members that must be non-empty strings; the refusal names the first one that is not. */
export function requireStrings<Name extends string>(body: JsonObject, names: readonly Name[]): Members<Name> {
  const wrong = names.find((name) => typeof body[name] !== 'string' || body[name] === '');
  if (wrong !== undefined) {
    const description = `Invalid request: send ${wrong} as a non-empty string`;
    return { kind: 'refused', answer: oidcError('InvalidRequestException', description) };
  }
  return { kind: 'members', members: body as Record<Name, string> };
}
