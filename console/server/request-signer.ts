import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

/** AWS credentials, or what provides them. */
export type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** A request to be signed. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Makes the signer of calls to API Gateway (AWS Signature Version 4, service `execute-api`).
 *
 * @param region the API's region
 * @returns what signs: the headers to send; it rejects with the provider's error when there are no credentials
 */
export function makeRequestSigner(region: string, credentials: Credentials) {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });

  return async function sign({ method, url, headers, body }: SignableRequest): Promise<Record<string, string>> {
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      ...(body !== undefined && { body }),
    });
    // The HTTP client writes Host by itself, from the same address.
    const { host: _host, ...rest } = signed.headers;
    return rest;
  };
}
