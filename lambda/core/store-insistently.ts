import type { Sleep } from './ports.ts';

/** Pauses between the tries, in milliseconds. */
const PAUSES_MS = [100, 300, 1_000, 2_000] as const;

/**
 * Stores what upstream answers only once: tries again and again before giving up, since upstream will not say it twice.
 *
 * @param store one conditional write; what it throws is infrastructure in trouble
 * @param onLost told before the last error is thrown on
 */
export async function storeInsistently<T>(store: () => Promise<T>, sleep: Sleep, onLost: () => void): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await store();
    } catch {
      await sleep(pauseMs);
    }
  }
  try {
    return await store();
  } catch (error) {
    onLost();
    throw error;
  }
}
