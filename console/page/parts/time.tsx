/** Times that stay right while they are looked at. */

import { useTimed } from '../clock.ts';
import { absolute, countdown, duration, relative } from '../format.ts';

/** How long ago, or how soon; the exact time for who points at it. */
export function Ago({ iso }: { iso: string }) {
  const text = useTimed((nowMs) => relative(iso, nowMs));
  return (
    <time dateTime={iso} title={absolute(iso)}>
      {text}
    </time>
  );
}

/** How long something has been going on. */
export function Since({ iso }: { iso: string }) {
  const text = useTimed((nowMs) => duration((nowMs - Date.parse(iso)) / 1000));
  return (
    <time dateTime={iso} title={`Since ${absolute(iso)}`}>
      {text}
    </time>
  );
}

const HURRY_SECONDS = 60;

/** What is left, as numbers and as a bar. */
export function Countdown({ from, until }: { from: string; until: string }) {
  const endMs = Date.parse(until);
  const wholeMs = Math.max(1, endMs - Date.parse(from));
  const text = useTimed((nowMs) => countdown((endMs - nowMs) / 1000));
  const percent = useTimed((nowMs) => Math.min(100, Math.ceil((100 * (endMs - nowMs)) / wholeMs)));
  const isShort = useTimed((nowMs) => endMs - nowMs < 1000 * HURRY_SECONDS);
  if (percent <= 0) return <span class="countdown is-over">time is up</span>;
  return (
    <span class={isShort ? 'countdown is-short' : 'countdown'} title={`Ends ${absolute(until)}`}>
      <span class="digits">{text}</span>
      <span class="bar" aria-hidden="true">
        <span style={{ transform: `scaleX(${percent / 100})` }} />
      </span>
    </span>
  );
}
