/**
 * The page's heartbeat: reads the summary at the pace that the broker asks for, and tells every screen to look again. Rests
 * while nobody sees the page, hurries when something was done here or in another tab.
 */

import { ApiProblem, read } from './api.ts';
import { createStore, useStore } from './store.ts';
import type { Summary } from './types.ts';

const DEFAULT_PACE_SECONDS = 10;
const MIN_PACE_SECONDS = 1;
const FIRST_RETRY_SECONDS = 2;
const MAX_RETRY_SECONDS = 30;

/** The newest summary. */
export const summary = createStore<Summary | undefined>(undefined);

/** How the connection to the broker is: when it last answered, and what is wrong if it does not. */
export interface Connection {
  readonly lastOkMs: number | undefined;
  readonly problem: ApiProblem | undefined;
}

export const connection = createStore<Connection>({ lastOkMs: undefined, problem: undefined });

/** Grows with every beat. */
const tick = createStore(0);

let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let beating: Promise<void> | undefined;

/** Seconds between two beats while all is well. */
export function paceSeconds(): number {
  return Math.max(MIN_PACE_SECONDS, summary.get()?.refreshAfterSeconds ?? DEFAULT_PACE_SECONDS);
}

/** Seconds until the next try after failures in a row. */
export function retrySeconds(failuresInARow: number): number {
  return Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (failuresInARow - 1));
}

/** Looks again now. */
export function refreshNow(): Promise<void> {
  clearTimeout(timer);
  beating ??= beat().finally(() => {
    beating = undefined;
    if (!document.hidden)
      timer = setTimeout(refreshNow, 1000 * (failures === 0 ? paceSeconds() : retrySeconds(failures)));
  });
  return beating;
}

async function beat(): Promise<void> {
  try {
    summary.set(await read<Summary>('/api/summary'));
    failures = 0;
    connection.set({ lastOkMs: Date.now(), problem: undefined });
    tick.set(tick.get() + 1);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    failures += 1;
    connection.set({ lastOkMs: connection.get().lastOkMs, problem: error });
  }
}

/** The other tabs of this console. */
let others: BroadcastChannel | undefined;

/** Something was changed here: this tab and every other one look again. */
export function changed(): void {
  others?.postMessage('changed');
  void refreshNow();
}

/** Starts the heartbeat. */
export function startLive(): void {
  others = new BroadcastChannel('fleet-token-broker');
  others.onmessage = () => void (document.hidden || refreshNow());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) clearTimeout(timer);
    else void refreshNow();
  });
  window.addEventListener('online', () => void refreshNow());
  void refreshNow();
}

/** The number of the beat: what depends on it is read again with each. */
export const useTick = (): number => useStore(tick);
