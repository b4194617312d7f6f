/** What a function behind the REST API answered, as the gateway sends it on. */

/** An answer, ready to be sent. */
export interface FrontAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** The connection ends with this answer: the request never came to its end. */
  readonly close?: boolean;
}

/**
 * Headers that a REST API renames, because they are its own.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const REMAPPED = new Set(['connection', 'date', 'server', 'www-authenticate']);

/** Headers that are made from the body. */
const DROPPED = new Set(['content-length', 'transfer-encoding']);

/**
 * Reads the answer of a Lambda proxy integration.
 *
 * @returns undefined when it is not one: API Gateway then answers 502 by itself
 */
export function functionAnswer(answer: unknown): FrontAnswer | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { statusCode, headers, multiValueHeaders, body } = answer as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;

  const sent = new Map<string, string | string[]>([['content-type', 'application/json']]);
  for (const [name, value] of Object.entries({ ...record(headers), ...record(multiValueHeaders) })) {
    const key = name.toLowerCase();
    if (DROPPED.has(key)) continue;
    sent.set(
      REMAPPED.has(key) ? `x-amzn-remapped-${key}` : key,
      Array.isArray(value) ? value.map(String) : String(value),
    );
  }
  return { statusCode: status, headers: Object.fromEntries(sent), body: body ?? '' };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
