/** A picture of the dashboard for the docs: the widgets of the synthesized template, with sample data. */
import { sampleValues } from './dashboard-samples.ts';

/** One metric of a widget: its name, what tells it apart, and its options; or an expression over others. */
type MetricRow = readonly (string | MetricOptions)[];

interface MetricOptions {
  readonly label?: string;
  readonly id?: string;
  readonly visible?: boolean;
  readonly expression?: string;
}

interface Widget {
  readonly type: 'text' | 'metric' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly view?: string;
    readonly metrics?: readonly MetricRow[];
    readonly alarms?: readonly string[];
    readonly setPeriodToTimeRange?: boolean;
  };
}

interface Line {
  readonly label: string;
  readonly values: readonly number[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const COLUMN = 48;
const ROW = 34;
const GAP = 6;
const COLOURS = ['#1f6feb', '#e8710a', '#2da44e', '#cf222e', '#8250df', '#bf8700', '#6e7781'];

const STYLE = `
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#16202c}
.ground{fill:#f2f4f7}.card{fill:#fff;stroke:#d7dde4}.axis{stroke:#d7dde4}
.heading{font-size:17px;font-weight:600}.note,.legend,.scale{font-size:11px;fill:#4a5765}
.title{font-size:12px;font-weight:600}.number{font-size:30px;font-weight:600}.line{fill:none;stroke-width:1.5}
.ok{fill:#dafbe1;stroke:#2da44e}`;

/**
 * Draws the dashboard of a template.
 *
 * @param template a synthesized template with one dashboard
 * @returns an SVG document
 * @throws Error when the template has no dashboard
 */
export function dashboardPicture(template: unknown): string {
  const { widgets } = JSON.parse(dashboardBody(template)) as { widgets: readonly Widget[] };
  const height = Math.max(...widgets.map((widget) => widget.y + widget.height)) * ROW + 2 * GAP;
  const width = 24 * COLUMN + 2 * GAP;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The dashboard, with sample data">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...widgets.map(drawWidget),
    '</svg>',
    '',
  ].join('\n');
}

/** The body as CloudWatch gets it, with a readable name for everything that is only known once it is deployed. */
function dashboardBody(template: unknown): string {
  const { Resources } = template as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  const dashboard = Object.values(Resources).find(({ Type }) => Type === 'AWS::CloudWatch::Dashboard');
  if (dashboard === undefined) throw new Error('The template has no dashboard to draw.');
  const { 'Fn::Join': join } = dashboard.Properties.DashboardBody as { 'Fn::Join': [string, readonly unknown[]] };
  return join[1].map((part) => (typeof part === 'string' ? part : nameOf(part))).join(join[0]);
}

function nameOf(part: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: readonly string[] };
  if (Ref === 'AWS::StackName') return 'FleetTokenBroker';
  return (Ref ?? attribute?.[0] ?? '').replace(/[0-9A-F]{8}$/, '');
}

function drawWidget(widget: Widget): string {
  const box = {
    x: widget.x * COLUMN + 2 * GAP,
    y: widget.y * ROW + 2 * GAP,
    width: widget.width * COLUMN - 2 * GAP,
    height: widget.height * ROW - 2 * GAP,
  };
  if (widget.type === 'text') return drawHeading(widget, box);
  const card = `<rect class="card" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="4"/>`;
  const title = text('title', box.x + 10, box.y + 18, widget.properties.title ?? '');
  const content = widget.type === 'alarm' ? drawAlarms(widget, box) : drawMetrics(widget, box);
  return [card, title, content].join('\n');
}

function drawHeading({ properties }: Widget, { x, y }: Box): string {
  const [heading = '', note = ''] = (properties.markdown ?? '').split('\n');
  return [text('heading', x, y + 24, heading.replace(/^#+ /, '')), text('note', x, y + 44, note)].join('\n');
}

/** All is well in the picture. */
function drawAlarms({ properties }: Widget, { x, y, width }: Box): string {
  const names = (properties.alarms ?? []).map((name) => name.replace(/^BrokerAlarms/, ''));
  const perRow = Math.ceil(names.length / 2);
  const step = (width - 20) / perRow;
  return names
    .map((name, index) => {
      const [left, top] = [x + 10 + (index % perRow) * step, y + 30 + Math.floor(index / perRow) * 40];
      const chip = `<rect class="ok" x="${round(left)}" y="${top}" width="${round(step - 6)}" height="32" rx="4"/>`;
      return `${chip}\n${text('note', left + 6, top + 20, name)}`;
    })
    .join('\n');
}

function drawMetrics({ properties }: Widget, box: Box): string {
  const lines = linesOf(properties.metrics ?? []);
  return properties.view === 'singleValue'
    ? drawNumbers(lines, box, properties.setPeriodToTimeRange === true)
    : drawGraph(lines, box);
}

/** The lines that are shown. An expression is a sum here: no other is on the dashboard. */
function linesOf(rows: readonly MetricRow[]): Line[] {
  const read = rows.map((row) => {
    const names = row.filter((part): part is string => typeof part === 'string');
    const options = row.find((part): part is MetricOptions => typeof part !== 'string') ?? {};
    return { ...options, values: names.length === 0 ? [] : sampleValues(names[1] ?? '', names.slice(2).join()) };
  });
  return read
    .filter(({ visible }) => visible !== false)
    .map(({ label = '', expression, values }) => {
      if (expression === undefined) return { label, values };
      const members = read.filter(({ id }) => id !== undefined && new RegExp(`\\b${id}\\b`).test(expression));
      const sums = members[0]?.values.map((_, index) =>
        members.reduce((sum, each) => sum + (each.values[index] ?? 0), 0),
      );
      return { label, values: sums ?? [] };
    });
}

function drawNumbers(lines: readonly Line[], { x, y, width }: Box, ofAll: boolean): string {
  const step = (width - 20) / lines.length;
  return lines
    .map(({ label, values }, index) => {
      const value = ofAll ? values.reduce((sum, each) => sum + Math.round(each), 0) : Math.round(values.at(-1) ?? 0);
      const left = x + 10 + index * step;
      return `${text('number', left, y + 66, value.toLocaleString('en'))}\n${text('legend', left, y + 90, label)}`;
    })
    .join('\n');
}

function drawGraph(lines: readonly Line[], { x, y, width, height }: Box): string {
  const plot = { x: x + 12, y: y + 34, width: width - 24, height: height - 84 };
  const most = Math.max(1, ...lines.flatMap(({ values }) => values));
  const bottom = plot.y + plot.height;
  const drawn = lines.map(({ values }, index) => {
    const points = values.map((value, place) => {
      const left = plot.x + (place / (values.length - 1)) * plot.width;
      return `${round(left)},${round(bottom - (value / most) * plot.height)}`;
    });
    return `<polyline class="line" stroke="${colour(index)}" points="${points.join(' ')}"/>`;
  });
  return [
    `<path class="axis" d="M${plot.x} ${bottom}h${plot.width}M${plot.x} ${plot.y}h${plot.width}"/>`,
    text('scale', plot.x, plot.y - 3, Math.round(most).toLocaleString('en')),
    ...drawn,
    legend(lines, plot, bottom + 18),
  ].join('\n');
}

function legend(lines: readonly Line[], { x, width }: Box, y: number): string {
  let [left, top] = [x, y];
  return lines
    .map(({ label }, index) => {
      const needed = 26 + label.length * 6;
      if (left > x && left + needed - 10 > x + width) [left, top] = [x, top + 15];
      const entry = [
        `<rect x="${left}" y="${top - 8}" width="9" height="9" fill="${colour(index)}"/>`,
        text('legend', left + 13, top, label),
      ];
      left += needed;
      return entry.join('\n');
    })
    .join('\n');
}

const colour = (index: number): string => COLOURS[index % COLOURS.length] as string;
const round = (value: number): number => Math.round(value * 10) / 10;

function text(className: string, x: number, y: number, content: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${className}" x="${round(x)}" y="${round(y)}">${escaped}</text>`;
}
