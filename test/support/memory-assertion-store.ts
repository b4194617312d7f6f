import { setImmediate as turn } from 'node:timers/promises';
import type { AssertionStore } from '../../lambda/core/client-assertion.ts';

/** Makes a memory of used assertions. */
export function makeMemoryAssertionStore(): AssertionStore {
  const used = new Set<string>();
  return {
    async useOnce({ assertionId }) {
      await turn();
      if (used.has(assertionId)) return false;
      used.add(assertionId);
      return true;
    },
  };
}
