/** Boxes and arrows as SVG text. Colours follow the reader's light or dark scheme, on a ground of their own. */

/** A box in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What stands in a box. */
export interface BoxText {
  /** Chooses the colour. */
  readonly kind: string;
  readonly title: string;
  /** Smaller lines below the title. */
  readonly notes: readonly string[];
}

/** A whole drawing. */
export interface Drawing {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly arrows: readonly string[];
  readonly nodes: readonly string[];
}

/** Between two lanes, and from a box's corner to where the first arrow ends. */
const LANE = 9;
const INSET = 13;
/** What an arrow's head takes. */
const HEAD = 3;

const STYLE = `
.ground{fill:#fff}
.box{stroke-width:1.5}
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;text-anchor:middle;fill:#16202c}
.title{font-size:14px;font-weight:600}
.note{font-size:12px;fill:#4a5765}
path.call,path.stream,path.key{fill:none;stroke:#5b6878;stroke-width:1.5;marker-end:url(#head)}
path.stream{stroke-dasharray:5 4}
path.key{stroke-dasharray:1.5 4}
#head path{fill:#5b6878}
.function{fill:#fff3e3;stroke:#c2680d}
.table{fill:#e8f0fd;stroke:#1d5fc2}
.machine,.bus,.rule{fill:#fbeaf3;stroke:#b0296f}
.api{fill:#f0eafc;stroke:#6b3fc0}
.key{fill:#fdeceb;stroke:#b93226}
.outside{fill:#f2f4f7;stroke:#66727f}
@media (prefers-color-scheme:dark){
.ground{fill:#11161d}
text{fill:#e8edf3}
.note{fill:#a9b4c0}
path.call,path.stream,path.key{stroke:#8d9aa9}
#head path{fill:#8d9aa9}
.function{fill:#33240f;stroke:#e09a4a}
.table{fill:#122544;stroke:#6ea1f0}
.machine,.bus,.rule{fill:#371829;stroke:#e57fb4}
.api{fill:#241a3c;stroke:#a98be6}
.key{fill:#3a1a17;stroke:#ea8a80}
.outside{fill:#1c242e;stroke:#8d9aa9}
}`;

/** A line between two boxes that are side by side or one above the other, or undefined when they are neither. */
export function straight(from: Box, to: Box): string | undefined {
  const y = middleOfOverlap([from.y, from.y + from.height], [to.y, to.y + to.height]);
  if (y !== undefined && nextTo(from.x, to.x, from.width)) {
    const [start, end] = from.x < to.x ? [from.x + from.width, to.x - HEAD] : [from.x, to.x + to.width + HEAD];
    return `M${start} ${y}H${end}`;
  }
  const x = middleOfOverlap([from.x, from.x + from.width], [to.x, to.x + to.width]);
  if (x === undefined) return undefined;
  const [start, end] = from.y < to.y ? [from.y + from.height, to.y - HEAD] : [from.y, to.y + to.height + HEAD];
  return `M${x} ${start}V${end}`;
}

/** Far apart in one row is not side by side: something may stand between. */
function nextTo(one: number, other: number, width: number): boolean {
  return Math.abs(one - other) < 2 * width;
}

/**
 * A line with corners: along the gap between two neighbouring columns, else up or down first and then across.
 *
 * @param lane from 1: keeps lines in one gap apart
 */
export function elbow(from: Box, to: Box, lane: number): string {
  const rightwards = from.x < to.x;
  if (!nextTo(from.x, to.x, from.width)) {
    const [x, y] = [from.x + from.width / 2, to.y + to.height - INSET];
    const end = rightwards ? to.x - HEAD : to.x + to.width + HEAD;
    // In one row there is nothing to go round.
    if (from.y === to.y) return `M${rightwards ? from.x + from.width : from.x} ${from.y + INSET}H${end}`;
    return `M${x} ${from.y < to.y ? from.y + from.height : from.y}V${y}H${end}`;
  }
  const shift = (lane % 4) * LANE;
  const start = rightwards ? from.x + from.width : from.x;
  const end = rightwards ? to.x - HEAD : to.x + to.width + HEAD;
  const gap = rightwards ? from.x + from.width : to.x + to.width;
  const x = gap + 14 + shift;
  const y = from.y < to.y ? to.y + INSET : to.y + to.height - INSET;
  const leaves = from.y < to.y ? from.y + from.height - INSET : from.y + INSET;
  return `M${start} ${leaves}H${x}V${y}H${end}`;
}

function middleOfOverlap([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number | undefined {
  const [start, end] = [Math.max(a, c), Math.min(b, d)];
  return start < end ? (start + end) / 2 : undefined;
}

/** A box with its text in the middle. */
export function svgNode({ x, y, width, height }: Box, { kind, title, notes }: BoxText): string {
  const middle = x + width / 2;
  const top = y + height / 2 + 5 - notes.length * 8;
  const lines = [
    `<text class="title" x="${middle}" y="${top}">${escaped(title)}</text>`,
    ...notes.map((note, i) => `<text class="note" x="${middle}" y="${top + 17 + i * 15}">${escaped(note)}</text>`),
  ];
  const box = `<rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`;
  return [box, ...lines].join('\n');
}

/** The whole document, readable in a difference: a line for each shape. */
export function svgDocument({ title, description, width, height, arrows, nodes }: Drawing): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(description)}</desc>
<style>${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>
<rect class="ground" width="${width}" height="${height}" rx="12"/>
${[...arrows, ...nodes].join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
