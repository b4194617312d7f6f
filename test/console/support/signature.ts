/** AWS Signature Version 4 as AWS checks it, written from its documentation and not from the library that signs. */

import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

/** Query parameters decoded, encoded again and sorted. */
function canonicalQuery(search: string): string {
  return search
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=').map((part) => escaped(decodeURIComponent(part))))
    .map(([name = '', value = '']) => `${name}=${value}`)
    .sort()
    .join('&');
}

/**
 * Checks the signature of a request that has arrived.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @returns the credential scope (`<date>/<region>/<service>/aws4_request`) of a valid one
 */
export function scopeOfValidSignature(
  message: IncomingMessage,
  body: string,
  secretAccessKey: string,
): string | undefined {
  const parts = /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    message.headers.authorization ?? '',
  );
  const [, scope = '', signedHeaders = '', signature = ''] = parts ?? [];
  const [path = '', search = ''] = (message.url ?? '').split(/\?(.*)/s);
  const headers = signedHeaders
    .split(';')
    .map(
      (name) =>
        `${name}:${String(message.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('');
  const canonicalPath = path.split('/').map(escaped).join('/');
  const canonical = [message.method, canonicalPath, canonicalQuery(search), headers, signedHeaders, sha256(body)].join(
    '\n',
  );
  const toSign = ['AWS4-HMAC-SHA256', message.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((one, part) => hmac(one, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature ? scope : undefined;
}
