/** What AWS bills, counted: every name here has a price in the price file. */
export const BILLED = [
  'transitions',
  'expressRequests',
  'expressGbSeconds',
  'lambdaRequests',
  'lambdaGbSeconds',
  'writeUnits',
  'indexWriteUnits',
  'readUnits',
  'kmsRequests',
  'apiRequests',
  'logBytes',
  'busEvents',
] as const;

export type Billed = (typeof BILLED)[number];

/** What was counted for the sake of the reader: it is free, or billed under another name. */
export const FREE = ['dynamoDbCalls', 'streamRecords', 'upstreamCalls', 'executions', 'ticks', 'lambdaMs'] as const;

export type Counted = Billed | (typeof FREE)[number];

/** Who caused it. The goals are about `orchestration` and `polling`; everything else is there with and without a loop. */
export const PARTS = ['orchestration', 'polling', 'sign-in', 'device polls', 'events'] as const;

export type Part = (typeof PARTS)[number];

/** Counters, by part and by name. */
export interface Counts {
  add(part: Part, name: Counted, by?: number): void;
  of(part: Part, name: Counted): number;
  total(name: Counted): number;
}

/** Makes counters at zero. */
export function makeCounts(): Counts {
  const numbers = Object.fromEntries(PARTS.map((part) => [part, new Map<Counted, number>()])) as Record<
    Part,
    Map<Counted, number>
  >;
  const of = (part: Part, name: Counted): number => numbers[part].get(name) ?? 0;
  return {
    add: (part, name, by = 1) => void numbers[part].set(name, of(part, name) + by),
    of,
    total: (name) => PARTS.reduce((sum, part) => sum + of(part, name), 0),
  };
}
