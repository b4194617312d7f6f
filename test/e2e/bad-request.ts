/** One bad request, and what it must be answered. */

/** The request. */
export interface BadRequest {
  /** What is wrong with it; the name of its test. */
  readonly wrong: string;
  readonly path: string;
  /** @default POST */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly refused: Refused;
}

/** The answer: status and code, and where it matters a part of the text or a header. */
export interface Refused {
  readonly status: number;
  /** RFC 6749's `error`, or the `code` of the ops API's problem; of no meaning for a page. */
  readonly code: string;
  /** What the sentence must name, in the spelling of the caller's dialect. */
  readonly says?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer, in the parts that are compared. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends the request as it is. */
export async function sendBadly(api: string, { path, method = 'POST', headers, body }: BadRequest): Promise<Answered> {
  const response = await fetch(`${api}${path}`, {
    method,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A request in the AWS dialect. */
export function inAws(path: string, members: unknown): Pick<BadRequest, 'path' | 'headers' | 'body'> {
  return { path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(members) };
}

/** A request in the dialect of RFC 6749 and RFC 8628. */
export function inRfc(
  path: string,
  parameters: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
): Pick<BadRequest, 'path' | 'headers' | 'body'> {
  return {
    path,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(parameters).toString(),
  };
}

/** HTTP Basic (RFC 6749 §2.3.1). */
export function basic(clientId: string, clientSecret: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
}
