import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** Keeps Escape and the corner from closing it: for what must be read. */
  readonly mustAnswer?: boolean;
  readonly children: ComponentChildren;
}

/** A modal dialog; the browser keeps the focus inside and gives it back afterwards. */
export function Dialog({ title, onClose, mustAnswer = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const cancel = (event: Event): void => {
    event.preventDefault();
    if (!mustAnswer) onClose();
  };
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onCancel={cancel}>
      <header>
        <h2 id={titleId}>{title}</h2>
        {!mustAnswer && (
          <button type="button" class="bare" onClick={onClose} title="Close">
            <Icon name="close" />
            <span class="unseen">Close</span>
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
