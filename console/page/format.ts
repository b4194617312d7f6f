/** Times and counts as people read them. */

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/**
 * How long something takes, in two units at most: `23 h 5 min`.
 *
 * @param seconds may be negative: then nothing is left
 */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return pair(Math.floor(whole / HOUR), 'h', Math.floor((whole % HOUR) / MINUTE), 'min');
  return pair(Math.floor(whole / DAY), 'd', Math.floor((whole % DAY) / HOUR), 'h');
}

/** How long something took, as exactly as it matters: `42 ms`, `1.3 s`, `12 min`. */
export function elapsed(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 10 ? `${Number(seconds.toFixed(1))} s` : duration(seconds);
}

const pair = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** What is left of it, to the second when it matters: `9:41`, `23 h 5 min`. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole >= HOUR) return duration(whole);
  return `${Math.floor(whole / MINUTE)}:${String(whole % MINUTE).padStart(2, '0')}`;
}

/** `3 min ago`, `in 2 h`. */
export function relative(iso: string, nowMs: number): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  if (Math.abs(seconds) < 5) return 'now';
  return seconds < 0 ? `${duration(-seconds)} ago` : `in ${duration(seconds)}`;
}

const absoluteFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortFormat = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Date and time of the operator's own zone. */
export const absolute = (iso: string): string => absoluteFormat.format(new Date(iso));

/** Date and time without year and seconds. */
export const shortTime = (iso: string): string => shortFormat.format(new Date(iso));

/** The time of day. */
export const timeOfDay = (milliseconds: number): string => clockFormat.format(new Date(milliseconds));

const numberFormat = new Intl.NumberFormat();

export const count = (number: number): string => numberFormat.format(number);

/** `1 session`, `12 sessions`. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

/** The start of an id: enough to tell two apart on a screen. */
export const shortId = (id: string): string => (id.length > 12 ? `${id.slice(0, 8)}…` : id);
