/** What the console's server answers by itself, in the ops API's own form of failure (RFC 9457). */

/** An answer, ready to be written. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * A failure that the page shows to the operator.
 *
 * @param code a stable name for programs
 * @param detail one sentence or two for people: what is wrong and what to do next
 */
export function problemAnswer(status: number, code: string, title: string, detail: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ type: `urn:fleet-token-broker:problem:${code}`, title, status, detail, code }),
  };
}

/** A JSON answer. */
export function jsonAnswer(content: unknown): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify(content),
  };
}
