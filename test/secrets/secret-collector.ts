/** Hears every secret that a server of this process tells to anybody: the broker's own and those of Identity Center. */

import { ServerResponse } from 'node:http';

/** The members of answers, in any spelling, whose values are secrets. */
const SECRET_MEMBERS = new Set([
  'accesstoken',
  'clientsecret',
  'devicecode',
  'enrollmentkey',
  'refreshtoken',
  'secretaccesskey',
  'sessiontoken',
  'token',
  'usercode',
]);

/** A secret, and who told it: `<port> <member>`. */
export interface Secret {
  readonly value: string;
  readonly port: number;
  /** In lower case without underscores. */
  readonly member: string;
}

/** An answer that refused something. */
export interface ErrorAnswer {
  readonly port: number;
  /** Headers and body. */
  readonly text: string;
}

/** A request that was answered. */
export interface AnsweredRequest {
  readonly port: number;
  readonly method: string;
  /** As it was called, with its query. */
  readonly url: string;
  readonly status: number;
}

/** What was heard. */
export interface SecretCollector {
  readonly requests: readonly AnsweredRequest[];
  /** Addresses and headers of the requests that came to a port. */
  requestsTo(port: number): string;
  readonly secrets: readonly Secret[];
  readonly errors: readonly ErrorAnswer[];
  /** Hears no more. */
  stop(): void;
}

/** Begins to hear. */
export function collectSecrets(): SecretCollector {
  const secrets = new Map<string, Secret>();
  const errors: ErrorAnswer[] = [];
  const requests: (AnsweredRequest & { readonly headers: string })[] = [];
  const hear = (response: ServerResponse, body: unknown): void => {
    if (typeof body !== 'string') return;
    const { method = '', url = '', headers, socket } = response.req;
    const port = socket.localPort ?? 0;
    requests.push({ port, method, url, status: response.statusCode, headers: JSON.stringify(headers) });
    if (response.statusCode >= 400) errors.push({ port, text: `${JSON.stringify(response.getHeaders())}\n${body}` });
    for (const [member, value] of secretMembers(parsed(body))) {
      if (!secrets.has(value)) secrets.set(value, { value, port, member });
    }
  };

  // Not a mock: every answer goes out as it is, this only listens.
  const { end } = ServerResponse.prototype;
  ServerResponse.prototype.end = function listenedTo(this: ServerResponse, ...args: unknown[]) {
    hear(this, args[0]);
    return Reflect.apply(end, this, args) as ServerResponse;
  };
  return {
    get secrets() {
      return [...secrets.values()];
    },
    errors,
    requests,
    requestsTo: (port) =>
      requests.flatMap((one) => (one.port === port ? [`${one.method} ${one.url} ${one.headers}`] : [])).join('\n'),
    stop: () => {
      ServerResponse.prototype.end = end;
    },
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A page, or nothing: no member of it is a secret.
    return undefined;
  }
}

function* secretMembers(value: unknown): Generator<[member: string, value: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, entry] of Object.entries(value)) {
    const member = name.toLowerCase().replaceAll('_', '');
    if (typeof entry === 'string' && SECRET_MEMBERS.has(member)) yield [member, entry];
    else yield* secretMembers(entry);
  }
}
