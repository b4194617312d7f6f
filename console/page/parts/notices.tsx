/** Short words about what has just happened, seen and read out, gone by themselves. */

import { createStore, useStore } from '../store.ts';
import { Icon } from './icons.tsx';

interface Notice {
  readonly id: number;
  readonly text: string;
}

const SHOWN_MS = 6_000;
const MAX_SHOWN = 3;

const notices = createStore<readonly Notice[]>([]);
let lastId = 0;

/** Says something. */
export function announce(text: string): void {
  lastId += 1;
  const id = lastId;
  notices.set([...notices.get(), { id, text }].slice(-MAX_SHOWN));
  setTimeout(() => notices.set(notices.get().filter((notice) => notice.id !== id)), SHOWN_MS);
}

/** Where notices appear. */
export function Notices() {
  const shown = useStore(notices);
  return (
    <div class="notices" role="status" aria-live="polite">
      {shown.map(({ id, text }) => (
        <p key={id}>
          <Icon name="check" />
          {text}
        </p>
      ))}
    </div>
  );
}
