/**
 * Every error that a device can be told, once: the OAuth code, the exception of the SSO OIDC model with the same meaning,
 * and the HTTP status (RFC 6749 §5.2, RFC 8628 §3.5, RFC 7591 §3.2.2; the SSO OIDC API model).
 */
export const OAUTH_ERRORS = {
  invalid_request: { exception: 'InvalidRequestException', status: 400 },
  invalid_client: { exception: 'InvalidClientException', status: 401 },
  invalid_grant: { exception: 'InvalidGrantException', status: 400 },
  unauthorized_client: { exception: 'UnauthorizedClientException', status: 400 },
  unsupported_grant_type: { exception: 'UnsupportedGrantTypeException', status: 400 },
  invalid_scope: { exception: 'InvalidScopeException', status: 400 },
  authorization_pending: { exception: 'AuthorizationPendingException', status: 400 },
  slow_down: { exception: 'SlowDownException', status: 400 },
  access_denied: { exception: 'AccessDeniedException', status: 400 },
  expired_token: { exception: 'ExpiredTokenException', status: 400 },
  invalid_client_metadata: { exception: 'InvalidClientMetadataException', status: 400 },
  invalid_redirect_uri: { exception: 'InvalidRedirectUriException', status: 400 },
  /** RFC 6750 §3.1: the enrollment key (an initial access token) is missing or no good. */
  invalid_token: { exception: 'AccessDeniedException', status: 401 },
  server_error: { exception: 'InternalServerException', status: 503 },
} as const;

/** An `error` value of RFC 6749 and its extensions. */
export type OAuthErrorCode = keyof typeof OAUTH_ERRORS;

/** What a caller is told instead of what it asked for: an expected outcome, not a fault. */
export interface Refusal {
  readonly refused: OAuthErrorCode;
  /** One sentence for a person: what is wrong and what to do next. ASCII without quotes (RFC 6749 §5.2). */
  readonly description: string;
  readonly retryAfterSeconds?: number;
}

/** Makes a refusal. */
export function refuse(refused: OAuthErrorCode, description: string, retryAfterSeconds?: number): Refusal {
  return retryAfterSeconds === undefined ? { refused, description } : { refused, description, retryAfterSeconds };
}

/** Tells a refusal from the value that was asked for. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** A refusal on its way to the error middleware, the one place that renders it. */
export class OAuthError extends Error {
  readonly refusal: Refusal;
  /** An HTTP status that says more than the code's own (404, 405). */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(refusal: Refusal, options: { status?: number; headers?: Record<string, string> } = {}) {
    // Every pending poll makes one, and nobody reads where: writing the stack down would take longer than the rest of it.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(refusal.description);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'OAuthError';
    this.refusal = refusal;
    this.status = options.status ?? OAUTH_ERRORS[refusal.refused].status;
    this.headers = options.headers ?? {};
  }
}

/** Returns the value, or throws its refusal for the error middleware. */
export function orThrow<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new OAuthError(value);
  return value;
}
