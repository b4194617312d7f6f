/** Rows that are selected, for acts on many. */

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { count } from '../format.ts';

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Selects or deselects one; with `throughLast`, everything between it and the one before. */
  readonly toggle: (id: string, throughLast: boolean) => void;
  /** Selects everything, or nothing when everything is selected. */
  readonly toggleAll: () => void;
  readonly clear: () => void;
}

/**
 * Keeps a selection.
 *
 * @param selectable the ids that can be selected now, in the order of the screen; others fall out
 */
export function useSelection(selectable: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | undefined>(undefined);
  const ids = new Set(selectable.filter((id) => chosen.has(id)));

  const toggle = (id: string, throughLast: boolean): void => {
    const [from, to] = [selectable.indexOf(last.current ?? ''), selectable.indexOf(id)].sort((a, b) => a - b);
    const range =
      throughLast && from !== undefined && from >= 0 && to !== undefined ? selectable.slice(from, to + 1) : [id];
    const next = new Set(ids);
    for (const each of range) {
      if (ids.has(id)) next.delete(each);
      else next.add(each);
    }
    last.current = id;
    setChosen(next);
  };
  const toggleAll = (): void => setChosen(new Set(ids.size === selectable.length ? [] : selectable));
  return { ids, toggle, toggleAll, clear: () => setChosen(new Set()) };
}

interface SelectBoxProps {
  readonly selection: Selection;
  readonly id: string;
  readonly label: string;
  readonly disabled?: boolean;
}

/** The box of a row. */
export function SelectBox({ selection, id, label, disabled = false }: SelectBoxProps) {
  return (
    <label class="select-box">
      <input
        type="checkbox"
        checked={selection.ids.has(id)}
        disabled={disabled}
        onClick={(event) => selection.toggle(id, event.shiftKey)}
      />
      <span class="unseen">Select {label}</span>
    </label>
  );
}

/** The box of the heading. */
export function SelectAllBox({ selection, total }: { selection: Selection; total: number }) {
  const isAll = total > 0 && selection.ids.size === total;
  return (
    <label class="select-box">
      <input
        type="checkbox"
        checked={isAll}
        indeterminate={selection.ids.size > 0 && !isAll}
        disabled={total === 0}
        onClick={selection.toggleAll}
      />
      <span class="unseen">Select all {count(total)} shown</span>
    </label>
  );
}

/** What can be done with the selected rows; there only while some are. */
export function SelectionBar({ selection, children }: { selection: Selection; children: ComponentChildren }) {
  if (selection.ids.size === 0) return null;
  return (
    <section class="selection-bar" aria-label="Selected rows">
      <strong role="status">{count(selection.ids.size)} selected</strong>
      {children}
      <button type="button" class="bare" onClick={selection.clear}>
        Clear
      </button>
    </section>
  );
}
