/** What a measurement comes to, and how it is printed: ratios first, absolutes second. */

/** One line of the report. */
export interface Row {
  readonly name: string;
  /** Against what it is held, as a factor; absent where there is only an absolute. */
  readonly ratio?: number;
  readonly goal: string;
  /** Absent: nothing is promised. */
  readonly isMet?: boolean;
  /** The figures behind it, with their units. */
  readonly absolute: string;
  /** The same for machines. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface Section {
  readonly title: string;
  /** What was measured and how, one line each. */
  readonly how: readonly string[];
  readonly rows: readonly Row[];
}

/** The middle of some measurements; of an even number the upper one of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('There is nothing to take the median of.');
  return middle;
}

/** The sections as tables of Markdown, which read as well on a terminal. */
export function printSections(sections: readonly Section[]): string {
  return sections.map(printSection).join('\n\n');
}

function printSection({ title, how, rows }: Section): string {
  const cells = rows.map((row) => [
    row.name,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} ×`,
    row.goal,
    verdictOf(row),
    row.absolute,
  ]);
  const table = [['what', 'ratio', 'goal', '', 'absolute'], ...cells];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = table;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [`## ${title}`, '', ...how.map((text) => `- ${text}`), '', line(head), rule, ...body.map(line)].join('\n');
}

function verdictOf({ isMet }: Row): string {
  if (isMet === undefined) return '';
  return isMet ? 'met' : 'MISSED';
}
