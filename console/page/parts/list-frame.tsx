import type { ComponentChildren } from 'preact';
import { SelectAllBox, type Selection } from './selection.tsx';

interface ListFrameProps {
  /** What the list is of, such as `session`: its place in the style sheets. */
  readonly of: string;
  /** What the columns between the boxes and the actions are. */
  readonly columns: readonly string[];
  /** Absent: rows cannot be selected. */
  readonly select?: { readonly selection: Selection; readonly total: number };
  readonly isBusy: boolean;
  /** The rows. */
  readonly children: ComponentChildren;
}

/** A list's table and its head; on a narrow screen each row is a card. */
export function ListFrame({ of, columns, select, isBusy, children }: ListFrameProps) {
  return (
    <table class={`list ${of}-list`} aria-busy={isBusy}>
      <thead>
        <tr>
          {select !== undefined && (
            <th scope="col" class="cell-select">
              <SelectAllBox {...select} />
            </th>
          )}
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
