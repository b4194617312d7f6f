/** A stand-in for the EventBridge API, with one bus: what is put on it is kept, and whoever wants is told. */

import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../intrinsics.ts';
import { AwsError, type AwsService, jsonService } from './wire.ts';

/**
 * An event as a rule's target receives it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The bus. */
export interface EventBus {
  readonly service: AwsService;
  /** The latest events, oldest first, those of earlier runs included. */
  events(): readonly BusEvent[];
}

export interface EventBusOptions {
  /** The one name that callers may use. */
  readonly name: string;
  /** Where events are appended, one JSON object a line; undefined: nowhere. */
  readonly path?: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told of every event, once it is kept. */
  readonly onEvent: (event: BusEvent) => void;
}

const KEPT_EVENTS = 1000;
const KEPT_CHARACTERS = 10_000_000;

/** EventBridge takes no more in one call. */
const MAX_ENTRIES = 10;

/** Opens the bus with what an earlier run has left in its file. */
export function openEventBus({ name, path, now, onEvent }: EventBusOptions): EventBus {
  const kept = path === undefined ? [] : readKept(path);
  const keep = (event: BusEvent): void => {
    kept.push(event);
    if (kept.length > KEPT_EVENTS) kept.shift();
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
    onEvent(event);
  };
  const put = (entry: Entry): EntryResult => {
    if ((entry.EventBusName ?? 'default') !== name) {
      throw new AwsError('ResourceNotFoundException', `Event bus ${String(entry.EventBusName)} does not exist.`);
    }
    const event = eventOf(entry, now());
    if ('ErrorCode' in event) return event;
    keep(event);
    return { EventId: event.id };
  };
  return {
    service: jsonService({
      PutEvents: ({ Entries }) => {
        const entries = Array.isArray(Entries) ? (Entries as Entry[]) : [];
        if (entries.length === 0 || entries.length > MAX_ENTRIES) {
          throw new AwsError('ValidationException', `1 to ${MAX_ENTRIES} entries are allowed, not ${entries.length}.`);
        }
        const results = entries.map(put);
        return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
      },
    }),
    events: () => [...kept],
  };
}

/** An entry of PutEvents, as it came. */
interface Entry {
  readonly EventBusName?: unknown;
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  readonly Detail?: unknown;
  /** Epoch seconds. */
  readonly Time?: unknown;
}

type Refused = { readonly ErrorCode: string; readonly ErrorMessage: string };
type EntryResult = { readonly EventId: string } | Refused;

function eventOf({ Source, DetailType, Detail, Time }: Entry, nowMs: number): BusEvent | Refused {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value !== 'string' || value === '') {
      return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid.` };
    }
  }
  const detail = parseObject(String(Detail));
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const atMs = typeof Time === 'number' ? Time * 1000 : nowMs;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': String(DetailType),
    source: String(Source),
    account: LOCAL_ACCOUNT,
    time: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: LOCAL_REGION,
    resources: [],
    detail,
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The latest events in the file. A line that a crash has cut short is passed over; a file that has grown is put aside. */
function readKept(path: string): BusEvent[] {
  if (!existsSync(path)) return [];
  const content = readFileSync(path, 'utf8');
  if (content.length > KEPT_CHARACTERS) renameSync(path, `${path}.1`);
  else if (!content.endsWith('\n')) appendFileSync(path, '\n');
  const lines = content.split('\n').filter(Boolean).slice(-KEPT_EVENTS);
  return lines.flatMap((line) => (parseObject(line) as BusEvent | undefined) ?? []);
}
