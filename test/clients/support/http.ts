/** Requests exactly as a test writes them, and answers as they came. */

import { setTimeout as sleep } from 'node:timers/promises';

/** An answer. `body` is the JSON object that it holds, empty when it holds none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends a request and reads the whole answer; redirects are answers. */
export async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: objectIn(text) };
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Posts JSON, as an AWS SDK does. */
export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Posts form parameters, as an OAuth client does. A list of pairs may repeat a name. */
export function postForm(
  url: string,
  parameters: Record<string, string> | readonly (readonly [string, string])[],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const pairs = Array.isArray(parameters) ? parameters : Object.entries(parameters);
  return postText(url, new URLSearchParams(pairs as string[][]).toString(), {
    'Content-Type': 'application/x-www-form-urlencoded',
    ...headers,
  });
}

/** Posts these bytes with these headers and no others: without one there is no Content-Type. */
export function postText(url: string, text: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, { method: 'POST', headers, body: new TextEncoder().encode(text) });
}

/** The value of an Authorization header by RFC 6749 §2.3.1: both halves are form-encoded. */
export function basic(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((half) => encodeURIComponent(half).replaceAll('%20', '+'));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

/** Tries until there is a result, so that a test waits for what happens and not for a time. */
export async function eventually<T>(
  attempt: () => Promise<T | undefined>,
  { withinMs = 20_000, everyMs = 250 } = {},
): Promise<T> {
  const giveUpAtMs = Date.now() + withinMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (Date.now() > giveUpAtMs) throw new Error(`It did not happen within ${withinMs} ms.`);
    await sleep(everyMs);
  }
}
