import { useState } from 'preact/hooks';
import { Icon } from './icons.tsx';

const SHOWN_MS = 1_600;

/** Copies a text to the clipboard, and says so. */
export function Copy({ text, what, label }: { text: string; what: string; label?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setOutcome(copied ? 'copied' : 'failed');
    setTimeout(() => setOutcome(undefined), SHOWN_MS);
  };
  const done = outcome === 'copied' ? 'Copied' : 'Select and copy it yourself';
  return (
    <button type="button" class={label === undefined ? 'bare' : ''} onClick={copy} title={`Copy ${what}`}>
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
      <span class={label === undefined && outcome === undefined ? 'unseen' : ''} role="status">
        {outcome === undefined ? (label ?? `Copy ${what}`) : done}
      </span>
    </button>
  );
}
