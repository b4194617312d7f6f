import type { Words } from '../words.ts';
import { Icon } from './icons.tsx';

/** A state: icon, text and colour; its meaning for who points at it. */
export function Badge({ words }: { words: Words }) {
  return (
    <span class={`badge tone-${words.tone}`} title={words.meaning}>
      <Icon name={words.icon} />
      {words.label}
    </span>
  );
}
