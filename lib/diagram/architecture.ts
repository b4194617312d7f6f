/** Draws the architecture of a synthesized template as SVG: what is there and what calls what is read from it. */
import { type Box, elbow, straight, svgDocument, svgNode } from './svg.ts';
import { type Arrow, type Graph, graphOf, type Part } from './template-graph.ts';

/** Where a part stands in the grid, in columns and rows, and what it is for in a few words. */
interface Place {
  readonly column: number;
  readonly row: number;
  /** Rows that it reaches over. */
  readonly rows?: number;
  readonly title?: string;
  readonly note: string;
}

/** The template says what there is. Where it looks best is said here; a part without a place stops the drawing. */
const PLACES: Readonly<Record<string, Place>> = {
  ApiRestApi: { column: 1, row: 1, rows: 2, title: 'REST API', note: 'API Gateway' },
  DeviceApi: { column: 2, row: 1, note: 'answers devices' },
  OpsApi: { column: 2, row: 2, note: 'answers operators' },
  SessionsTable: { column: 3, row: 1, rows: 2, title: 'table', note: 'DynamoDB' },
  SessionsKey: { column: 3, row: 3, title: 'key', note: 'KMS' },
  Poll: { column: 4, row: 0, note: 'polls a cohort' },
  PollingLoopStateMachine: { column: 5, row: 0, rows: 2, title: 'polling loop', note: 'Step Functions' },
  StartPolling: { column: 4, row: 1, note: 'starts executions' },
  PublishEvents: { column: 4, row: 2, note: 'tells of sessions' },
  Events: { column: 5, row: 2, title: 'event bus', note: 'EventBridge' },
  AnnounceEndings: { column: 4, row: 3, note: 'warns of endings' },
  Daily: { column: 5, row: 3, title: 'every day', note: 'EventBridge rule' },
  EveryMinute: { column: 5, row: 4, title: 'every minute', note: 'EventBridge rule' },
  CountSessions: { column: 4, row: 4, note: 'counts sessions' },
};

/** Who is outside of the stack. The template does not know them. */
const OUTSIDE: Readonly<Record<string, Place>> = {
  Person: { column: 0, row: 0, title: 'person', note: 'approves in a browser' },
  Devices: { column: 0, row: 1, title: 'devices', note: 'AWS SDK, CLI, OAuth' },
  Operators: { column: 0, row: 2, title: 'operators', note: 'console, IAM' },
  IdentityCenter: { column: 3, row: 0, title: 'Identity Center', note: 'SSO OIDC' },
};

const COLUMN = { width: 154, gap: 50 };
const ROW = { height: 62, gap: 42 };
const MARGIN = 24;

/**
 * Draws a template.
 *
 * @param template as it is synthesized with the smallest configuration
 * @returns the SVG document
 * @throws Error when a part of the template has no place yet
 */
export function drawArchitecture(template: unknown): string {
  const graph = graphOf(template);
  const placed = graph.parts.map((part) => ({ ...part, place: placeOf(part) }));
  const everything = [
    ...Object.entries(OUTSIDE).map(([name, place]) => ({ name, kind: 'outside' as const, place })),
    ...placed,
  ];
  const boxes = new Map(everything.map(({ name, place }) => [name, boxOf(place)]));
  const nodes = everything.map(({ name, kind, place }) =>
    svgNode(boxOf(place), { kind, title: place.title ?? kebab(name), notes: notesOf(name, place, graph) }),
  );
  return svgDocument({
    title: 'Fleet Token Broker: what the stack consists of',
    description: arrowsOf(graph).map(sentence).join(' '),
    width: Math.max(...[...boxes.values()].map(({ x, width }) => x + width)) + MARGIN,
    height: Math.max(...[...boxes.values()].map(({ y, height }) => y + height)) + MARGIN,
    arrows: paths(arrowsOf(graph), boxes),
    nodes,
  });
}

/** The template's arrows, and those to and from outside. */
function arrowsOf({ arrows, callUpstream }: Graph): readonly Arrow[] {
  const apis = [...new Set(arrows.filter(({ why }) => why.startsWith('calls')).map(({ from }) => from))].filter(
    (name) => PLACES[name]?.note === 'API Gateway',
  );
  return [
    ...apis.flatMap((api): Arrow[] => [
      { from: 'Devices', to: api, why: 'calls' },
      { from: 'Operators', to: api, why: 'calls with a signature' },
    ]),
    { from: 'Person', to: 'IdentityCenter', why: 'calls' },
    ...callUpstream.map((name): Arrow => ({ from: name, to: 'IdentityCenter', why: 'calls' })),
    ...arrows,
  ];
}

/** Neighbours are joined by a straight line; everything else goes round a corner, each along a lane of its own. */
function paths(arrows: readonly Arrow[], boxes: ReadonlyMap<string, Box>): string[] {
  let corners = 0;
  return arrows.map(({ from, to, why }) => {
    const [source, target] = [boxes.get(from), boxes.get(to)];
    if (source === undefined || target === undefined) throw new Error(`${from} or ${to} is not in the drawing`);
    const line = straight(source, target);
    if (line !== undefined) return `<path class="${classOf(why)}" d="${line}"/>`;
    corners += 1;
    return `<path class="${classOf(why)}" d="${elbow(source, target, corners)}"/>`;
  });
}

const classOf = (why: Arrow['why']): string => (why === 'stream' ? 'stream' : why === 'encrypts' ? 'key' : 'call');

function placeOf({ name }: Part): Place {
  const place = PLACES[name];
  if (place === undefined) {
    throw new Error(`The drawing has no place for ${name}: give it one in lib/diagram/architecture.ts.`);
  }
  return place;
}

function boxOf({ column, row, rows = 1 }: Place): Box {
  return {
    x: MARGIN + column * (COLUMN.width + COLUMN.gap),
    y: MARGIN + row * (ROW.height + ROW.gap),
    width: COLUMN.width,
    height: rows * ROW.height + (rows - 1) * ROW.gap,
  };
}

function notesOf(name: string, { note }: Place, { withFailureQueue }: Graph): string[] {
  return withFailureQueue.includes(name) ? [note, 'failures to a queue'] : [note];
}

/** `DeviceApi` is the function device-api. */
const kebab = (name: string): string => name.replace(/(?<=.)([A-Z])/g, '-$1').toLowerCase();

const spoken = (name: string): string => (OUTSIDE[name] ?? PLACES[name])?.title ?? kebab(name);

function sentence({ from, to, why }: Arrow): string {
  if (why === 'stream') return `The stream of the ${spoken(from)} feeds ${spoken(to)}.`;
  if (why === 'encrypts') return `The ${spoken(from)} is encrypted with the ${spoken(to)}.`;
  return `${spoken(from)} to ${spoken(to)}.`;
}
