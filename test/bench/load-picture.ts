/** Draws load over time as an SVG: one panel a series, since their sizes have nothing in common. */

export interface Panel {
  readonly title: string;
  /** A value for each second. */
  readonly lines: readonly { readonly name: string; readonly values: readonly number[]; readonly color: string }[];
  /** A limit that is drawn across. */
  readonly limit?: { readonly name: string; readonly value: number };
}

const WIDTH = 860;
const PANEL_HEIGHT = 150;
const MARGIN = { left: 64, right: 16, top: 34, bottom: 30 } as const;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = PANEL_HEIGHT - MARGIN.top;
/** Points of a line: each is the mean of as many seconds as it takes. */
const POINTS = 240;

/**
 * Draws panels one below the other over the same seconds.
 *
 * @param caption said at the top, and to those who cannot see the picture
 */
export function drawLoad(caption: string, seconds: number, panels: readonly Panel[]): string {
  const height = 30 + panels.length * PANEL_HEIGHT + MARGIN.bottom;
  const body = panels.map((panel, place) => drawPanel(panel, seconds, 30 + place * PANEL_HEIGHT)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>${escapeText(caption)}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="${MARGIN.left}" y="20" font-size="14" font-weight="600" fill="#1a1a1a">${escapeText(caption)}</text>
${body}
${drawTimeAxis(seconds, height - MARGIN.bottom)}
</svg>
`;
}

function drawPanel({ title, lines, limit }: Panel, seconds: number, top: number): string {
  const bottom = top + MARGIN.top + PLOT_HEIGHT - 8;
  const plotted = lines.map((line) => ({ ...line, means: meansOf(line.values, seconds) }));
  const highest = Math.max(1, limit?.value ?? 0, ...plotted.flatMap(({ means }) => means));
  const y = (value: number): string => (bottom - (value / highest) * (PLOT_HEIGHT - 14)).toFixed(1);
  const paths = plotted.map(({ means, color }) => {
    const points = means.map(
      (value, place) => `${(MARGIN.left + (place / POINTS) * PLOT_WIDTH).toFixed(1)},${y(value)}`,
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
  });
  const legend = lines
    .map(
      ({ name, color }, place) =>
        `<tspan x="${MARGIN.left + 300 + place * 150}" fill="${color}">${escapeText(name)}</tspan>`,
    )
    .join('');
  const limitLine =
    limit === undefined
      ? ''
      : `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(limit.value)}" y2="${y(limit.value)}" stroke="#888888" stroke-dasharray="4 3"/>
<text x="${WIDTH - MARGIN.right}" y="${Number(y(limit.value)) - 3}" text-anchor="end" fill="#666666" font-size="10">${escapeText(limit.name)}</text>`;
  return `<text x="${MARGIN.left}" y="${top + 20}" fill="#1a1a1a">${escapeText(title)}</text>
<text y="${top + 20}">${legend}</text>
<text x="${MARGIN.left - 6}" y="${Number(y(highest)) + 4}" text-anchor="end" fill="#666666">${Math.round(highest).toLocaleString('en-US')}</text>
<text x="${MARGIN.left - 6}" y="${bottom + 4}" text-anchor="end" fill="#666666">0</text>
<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${bottom}" y2="${bottom}" stroke="#cccccc"/>
${limitLine}
${paths.join('\n')}`;
}

function drawTimeAxis(seconds: number, top: number): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const x = MARGIN.left + part * PLOT_WIDTH;
    return `<text x="${x}" y="${top + 16}" text-anchor="${part === 1 ? 'end' : 'middle'}" fill="#666666">${Math.round(part * seconds).toLocaleString('en-US')} s</text>`;
  });
  return marks.join('\n');
}

function meansOf(values: readonly number[], seconds: number): number[] {
  return Array.from({ length: POINTS + 1 }, (_, place) => {
    const from = Math.floor((place * seconds) / (POINTS + 1));
    const to = Math.max(from + 1, Math.floor(((place + 1) * seconds) / (POINTS + 1)));
    let sum = 0;
    for (let second = from; second < to; second += 1) sum += values[second] ?? 0;
    return sum / (to - from);
  });
}

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
