/** Stands in for the machine's clock: every request says at what time it comes, so that no poll has to be waited for. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../../../lambda/core/ports.ts';

export { systemRandomBytes, systemSleep } from '../../../../lambda/adapters/system.ts';

const aheadMs = new AsyncLocalStorage<number>();

export const systemClock: Clock = { nowMs: () => Date.now() + (aheadMs.getStore() ?? 0) };

/** Does something at a later time: all of it happens so many milliseconds ahead of the machine's clock. */
export function atTime<T>(milliseconds: number, work: () => T): T {
  return aheadMs.run(milliseconds, work);
}
