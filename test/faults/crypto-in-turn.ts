/**
 * WebCrypto works in threads, and answers whenever it is done: the one thing in the core that no virtual clock holds. Here
 * its answers come in the order of the calls, and one can ask whether all have come.
 */

const METHODS = [
  'generateKey',
  'importKey',
  'exportKey',
  'deriveBits',
  'deriveKey',
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'digest',
] as const;

type Method = (...parameters: unknown[]) => Promise<unknown>;

let underWay = 0;
let tail: Promise<unknown> | undefined;

/** @returns undefined when no call is under way; else what to wait for before asking again */
export function cryptoIsIdle(): Promise<unknown> | undefined {
  return underWay === 0 ? undefined : tail;
}

/** Puts WebCrypto's answers in order, for the rest of this process. */
export function putCryptoInTurn(): void {
  if (tail !== undefined) return;
  tail = Promise.resolve();
  const subtle = globalThis.crypto.subtle as unknown as Record<string, Method>;
  for (const method of METHODS) {
    const original = subtle[method]?.bind(subtle) as Method;
    subtle[method] = (...parameters) => inTurn(original(...parameters));
  }
}

function inTurn(work: Promise<unknown>): Promise<unknown> {
  underWay += 1;
  const answered = Promise.allSettled([tail, work]).then(() => {
    underWay -= 1;
    return work;
  });
  tail = answered.catch(() => undefined);
  return answered;
}
