/** The icons, drawn on a grid of 16: beside text always, so that they carry no name of their own. */

const PATHS = {
  person: 'M8 7.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM2.8 13.7c.5-2.7 2.5-4 5.2-4s4.7 1.3 5.2 4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.5',
  check: 'M3 8.6 6.3 12 13 4.4',
  delivered: 'M1.2 8.8 4.3 12l6.3-7.2M7.6 11.2l.8.8 6.3-7.2',
  cross: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2',
  hourglass: 'M4 2h8M4 14h8M5 2c0 3.6 3 4 3 6s-3 2.4-3 6M11 2c0 3.6-3 4-3 6s3 2.4 3 6',
  slash: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.8 12.2 12.2 3.8',
  skip: 'M2.5 8h7.5M6.8 4.5 10.3 8l-3.5 3.5M13.5 3.5v9',
  warning: 'M8 2.4 14.4 13.5H1.6ZM8 6.4v3.2M8 11.5v.1',
  lock: 'M3.5 7.2h9v6.3h-9ZM5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2',
  unlock: 'M3.5 7.2h9v6.3h-9ZM5.3 7.2V5a2.7 2.7 0 0 1 5.2-1',
  external: 'M6.5 3H3v10h10V9.5M9.5 2.5h4v4M13.5 2.5 7.5 8.5',
  qr: 'M2.5 2.5h4v4h-4ZM9.5 2.5h4v4h-4ZM2.5 9.5h4v4h-4ZM9.5 9.5h1.5v1.5M13.5 9.5v.1M9.5 13.5v.1M12 12h1.5v1.5',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3l3.5 3.5',
  refresh: 'M13.2 8a5.2 5.2 0 1 1-1.6-3.7M13.5 2v3.2h-3.2',
  plus: 'M8 3v10M3 8h10',
  left: 'M9.8 3.5 5.3 8l4.5 4.5',
  right: 'M6.2 3.5 10.7 8l-4.5 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  offline: 'M2 2l12 12M8 13h.1M5.4 10.3a3.7 3.7 0 0 1 4.3-.7M3 7.7a7 7 0 0 1 2.5-1.6M8.5 5.5A7 7 0 0 1 13 7.7',
  key: 'M5.5 10.5a2.8 2.8 0 1 0 0-5.5 2.8 2.8 0 0 0 0 5.5ZM8.3 7.8h5.9v2.4M11.7 7.8v1.9',
} as const;

export type IconName = keyof typeof PATHS;

/** One icon, in the colour of the text around it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
