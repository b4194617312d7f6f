import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, RandomBytes, Sleep } from '../core/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** The machine's random source. */
export const systemRandomBytes: RandomBytes = (byteCount) => nodeRandomBytes(byteCount);

/** The machine's patience. */
export const systemSleep: Sleep = (milliseconds) => wait(milliseconds);
