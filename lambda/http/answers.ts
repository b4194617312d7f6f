import type { APIGatewayProxyResult } from 'aws-lambda';
import { type Dialect, spelled } from './parameters.ts';

/** Headers of every answer that may carry a secret (RFC 6749 §5.1). */
export const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

/** A JSON answer with members as they are. */
export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): APIGatewayProxyResult {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', ...NO_STORE, ...headers },
    body: JSON.stringify(body),
  };
}

/** A JSON answer whose member names, given in the model's camelCase, are spelled as the caller's dialect spells them. */
export function answerIn(
  dialect: Dialect,
  statusCode: number,
  members: Readonly<Record<string, unknown>>,
): APIGatewayProxyResult {
  return json(
    statusCode,
    Object.fromEntries(Object.entries(members).map(([name, value]) => [spelled(name, dialect), value])),
  );
}
