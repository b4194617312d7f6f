import type { APIGatewayProxyEvent } from 'aws-lambda';
import { OAuthError, type OAuthErrorCode, refuse } from '../core/oauth-error.ts';
import { bodyOf, headerOf } from './device-event.ts';

/**
 * The two dialects of the device plane: `aws` is the SSO OIDC model (JSON, camelCase, also without any Content-Type, as AWS
 * CLI 2.1 sends it); `rfc` is RFC 6749 and 8628 (form, snake_case). Inside there is one set of names, the model's.
 */
export type Dialect = 'aws' | 'rfc';

/** Parameters under the model's names; values are unchecked, and strings only in the `rfc` dialect. */
export interface Parameters {
  readonly dialect: Dialect;
  readonly values: Readonly<Record<string, unknown>>;
  /** What a value of the wrong type is refused as. @default invalid_request */
  readonly wrongTypeIs?: OAuthErrorCode;
}

/** No request of either dialect comes near this; AWS's client secrets take 2 KB. */
const MAX_BODY_BYTES = 65_536;

/** Which dialect a request is in, by its Content-Type. */
export function dialectOf(event: APIGatewayProxyEvent): Dialect {
  const contentType = headerOf(event, 'content-type') ?? '';
  return /^\s*application\/x-www-form-urlencoded/i.test(contentType) ? 'rfc' : 'aws';
}

/**
 * Reads the parameters of a request; empty values count as absent (RFC 6749 §3.1).
 *
 * @throws OAuthError invalid_request when the body is too long, no JSON object, or repeats a parameter
 */
export function readParameters(event: APIGatewayProxyEvent): Parameters {
  const dialect = dialectOf(event);
  return { dialect, values: dialect === 'rfc' ? formValues(readBody(event)) : jsonValues(readBody(event)) };
}

/** Reads a JSON body whatever its Content-Type says: the registration of RFC 7591 is JSON in both dialects. */
export function readJson(event: APIGatewayProxyEvent): Readonly<Record<string, unknown>> {
  return jsonValues(readBody(event));
}

/** The client metadata of RFC 7591 §2: JSON with snake_case names. */
export function readClientMetadata(event: APIGatewayProxyEvent): Parameters {
  const members = Object.entries(readJson(event)).flatMap(([name, value]) => renamed(name, value));
  return { dialect: 'rfc', values: Object.fromEntries(members), wrongTypeIs: 'invalid_client_metadata' };
}

function readBody(event: APIGatewayProxyEvent): string {
  const body = bodyOf(event, MAX_BODY_BYTES);
  if (body === undefined)
    throw invalid(`The body is larger than ${MAX_BODY_BYTES} bytes. Send only the parameters of this request.`);
  return body;
}

function jsonValues(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw invalid('The body is not valid JSON. Send a JSON object, or form parameters with their Content-Type.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('The body must be a JSON object.');
  }
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== '' && member !== null));
}

function formValues(body: string): Record<string, unknown> {
  // What curl sends with -d and no header of its own.
  if (body.trimStart().startsWith('{')) throw invalid('The body is JSON. Send it with Content-Type: application/json.');
  const values: Record<string, unknown> = Object.create(null);
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (seen.has(name)) throw invalid('A parameter is repeated. Send each parameter once.');
    seen.add(name);
    if (value !== '') for (const [model, given] of renamed(name, value)) values[model] = given;
  }
  return values;
}

/** A member of the `rfc` dialect under the model's name; `deviceCode` there is an unknown name, which is ignored. */
function renamed(name: string, value: unknown): [string, unknown][] {
  return /[A-Z]/.test(name) ? [] : [[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]];
}

function invalid(description: string, code: OAuthErrorCode = 'invalid_request'): OAuthError {
  return new OAuthError(refuse(code, description));
}

/** A member's name as the caller's dialect spells it, for error texts. */
export function spelled(name: string, dialect: Dialect): string {
  return dialect === 'aws' ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * A string member that must be there.
 *
 * @throws OAuthError invalid_request naming the member in the caller's dialect
 */
export function requiredString({ dialect, values }: Parameters, name: string): string {
  const value = optionalString({ dialect, values }, name);
  if (value === undefined) throw invalid(`${spelled(name, dialect)} is missing. Send it in the body.`);
  return value;
}

/**
 * A string member that may be there.
 *
 * @throws OAuthError invalid_request, or what the parameters say, when it is something else
 */
export function optionalString({ dialect, values, wrongTypeIs }: Parameters, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined && typeof value !== 'string') {
    throw invalid(`${spelled(name, dialect)} must be a string.`, wrongTypeIs);
  }
  return value;
}

/**
 * A list of strings that may be there.
 *
 * @throws OAuthError invalid_request, or what the parameters say, when it is something else
 */
export function optionalStrings(
  { dialect, values, wrongTypeIs }: Parameters,
  name: string,
): readonly string[] | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
    throw invalid(`${spelled(name, dialect)} must be a list of strings.`, wrongTypeIs);
  }
  return value;
}
