import type { UpstreamCode } from './identity-center.ts';

/** What a run is about: one session as its device and its person know it. */
export interface FlowSession {
  readonly deviceCode: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly fleet: string;
  readonly userCode: string;
  /** When its device was told of it, epoch milliseconds. */
  readonly toldAtMs: number;
  readonly expiresAtMs: number;
  /** The token sets that its device received, each once. */
  readonly tokenSets: Set<string>;
  /** What its device was told last, if that was an end: the error. */
  end?: string;
  /** Somebody ended it on purpose: the device started anew or revoked it, an operator cancelled it, a person said no. */
  endedByWill?: 'superseded' | 'cancelled' | 'denied' | 'revoked';
  /** Its device gave up polling; the loop goes on. */
  abandoned?: boolean;
}

/** Something that must never happen, with the session that it happened to. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
  readonly sessionId?: string;
  readonly atMs: number;
}

/** An approval that did not become a token, and why nothing could save it. */
export interface Wasted {
  readonly sessionId: string;
  readonly why: WasteReason;
  /** Seconds that upstream's code had left when the person approved. */
  readonly leftSeconds: number;
}

/** The design cannot save these. */
export const WASTE_REASONS = [
  'killed between upstream’s answer and our write',
  'upstream’s answer was lost on the wire',
  'the table was down for longer than the writer insists',
  'the session was ended on purpose while the approval was on its way',
  'approved so late that upstream’s code ended first',
] as const;

export type WasteReason = (typeof WASTE_REASONS)[number];

/** Everything that a run keeps book of. */
export interface Ledger {
  readonly sessions: Map<string, FlowSession>;
  readonly violations: Violation[];
  readonly wasted: Wasted[];
  /** The upstream codes of each session, oldest first. */
  readonly codesOf: Map<string, UpstreamCode[]>;
  /** Sessions whose tokens could not be stored, by the broker's own word. */
  readonly notStored: Set<string>;
  /** Where functions were killed that had an answer of upstream's, and how often. */
  readonly killedAt: Map<string, number>;
  readonly tally: Record<
    'requests' | 'loop ticks' | 'table changes' | 'deliveries' | 'refreshes' | 'grants ended',
    number
  >;
  violate(invariant: string, what: string, sessionId?: string): void;
}

/** Makes an empty ledger. @param nowMs for the time of violations */
export function makeLedger(nowMs: () => number): Ledger {
  const violations: Violation[] = [];
  return {
    sessions: new Map(),
    violations,
    wasted: [],
    codesOf: new Map(),
    notStored: new Set(),
    killedAt: new Map(),
    tally: { requests: 0, 'loop ticks': 0, 'table changes': 0, deliveries: 0, refreshes: 0, 'grants ended': 0 },
    violate(invariant, what, sessionId) {
      violations.push({ invariant, what, atMs: nowMs(), ...(sessionId !== undefined && { sessionId }) });
    },
  };
}
