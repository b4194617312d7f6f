/** Reads a request's body, within a size and a time. */

import type { IncomingMessage } from 'node:http';

/** How reading went. */
export type ReceivedBody =
  | { readonly outcome: 'complete'; readonly body: string }
  | { readonly outcome: 'too_large' }
  | { readonly outcome: 'too_slow' }
  /** The client went away. */
  | { readonly outcome: 'broken' };

/**
 * Reads the body.
 *
 * @param largestBytes what is beyond is thrown away unread
 * @param timeoutMs how long the client may take, in milliseconds
 */
export function readBody(message: IncomingMessage, largestBytes: number, timeoutMs: number): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (received: ReceivedBody): void => {
      clearTimeout(timer);
      message.removeAllListeners('data');
      // The rest flows to nowhere, so that the client can finish sending and read its answer.
      message.resume();
      resolve(received);
    };
    const timer = setTimeout(() => settle({ outcome: 'too_slow' }), timeoutMs);
    if (Number(message.headers['content-length'] ?? 0) > largestBytes) return settle({ outcome: 'too_large' });
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > largestBytes) settle({ outcome: 'too_large' });
      else chunks.push(chunk);
    });
    message.once('end', () => settle({ outcome: 'complete', body: Buffer.concat(chunks).toString('utf8') }));
    message.once('error', () => settle({ outcome: 'broken' }));
    message.once('close', () => settle({ outcome: 'broken' }));
  });
}
