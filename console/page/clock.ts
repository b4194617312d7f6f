/** Time as the broker has it: an operator's clock may be wrong, and a countdown must not be. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { createStore } from './store.ts';

/** Smaller differences are the second's rounding of the `Date` header and the way it took. */
const NOTICED_SKEW_MS = 2_000;

let skewMs = 0;

/** Takes the `Date` header of a fresh answer. */
export function noteServerDate(date: string | null, nowMs = Date.now()): void {
  const serverMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverMs)) return;
  const difference = serverMs - nowMs;
  skewMs = Math.abs(difference) < NOTICED_SKEW_MS ? 0 : difference;
}

/** The broker's time, epoch milliseconds. */
export const serverNowMs = (): number => Date.now() + skewMs;

const second = createStore(0);

/** Starts the clock: it ticks every second while the page is seen. */
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) second.set(second.get() + 1);
  }, 1_000);
}

/**
 * Something that depends on the time. The component is drawn again when it changes, not whenever the clock ticks: a list of
 * hundreds has hundreds of these.
 *
 * @param compute takes the broker's time and gives a text, number or boolean
 */
export function useTimed<T extends string | number | boolean>(compute: (nowMs: number) => T): T {
  const newest = useRef(compute);
  newest.current = compute;
  const [, redraw] = useState<T>();
  useEffect(() => {
    const look = (): void => redraw(newest.current(serverNowMs()));
    look();
    return second.subscribe(look);
  }, []);
  return compute(serverNowMs());
}
