import type { Knobs } from './knobs.ts';
import { type RandomBytes, sha256 } from './mint.ts';
import type { Change, DeviceCode, Store } from './store.ts';

export type Decision = 'approved' | 'denied';

/** What a user code leads to. `settled` says what was decided before. */
export type Lookup =
  | { readonly kind: 'pending'; readonly userCode: string; readonly clientName: string; readonly code: DeviceCode }
  | { readonly kind: 'settled'; readonly decision: Decision; readonly codeHash: string }
  | { readonly kind: 'expired'; readonly codeHash: string }
  | { readonly kind: 'unknown' };

/** What became of a decision. */
export type DecisionResult =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly codeHash: string }
  | Exclude<Lookup, { kind: 'pending' }>;

/** A person's part: finding a request by its user code and deciding it, once. */
export type Approvals = {
  look(typed: string, nowEpochMs: number): Lookup;
  decide(typed: string, decision: Decision, nowEpochMs: number): DecisionResult;
};

/** Approvals over the store. An approval begins a portal session of `knobs.sessionLifetimeSeconds`. */
export function createApprovals(store: Store, knobs: Knobs, random: RandomBytes): Approvals {
  const look = (typed: string, nowEpochMs: number): Lookup => {
    const userCode = normaliseUserCode(typed);
    const code = store.deviceCodeByUserCode(sha256(userCode));
    if (code === undefined) return { kind: 'unknown' };
    const codeHash = code.id;
    if (code.phase !== 'pending') {
      return { kind: 'settled', decision: code.phase === 'denied' ? 'denied' : 'approved', codeHash };
    }
    if (nowEpochMs >= code.expiresAtEpochMs) return { kind: 'expired', codeHash };
    return { kind: 'pending', userCode, clientName: store.registration(code.clientId)?.clientName ?? '', code };
  };

  const decide = (typed: string, decision: Decision, nowEpochMs: number): DecisionResult => {
    const found = look(typed, nowEpochMs);
    // A form sent twice (a reload, a double click) is told what it was told the first time.
    if (found.kind === 'settled' && found.decision === decision) return { ...found, kind: 'decided' };
    if (found.kind !== 'pending') return found;
    store.commit(...changesOf(found.code, decision, nowEpochMs));
    return { kind: 'decided', decision, codeHash: found.code.id };
  };

  const changesOf = (code: DeviceCode, decision: Decision, nowEpochMs: number): Change[] => {
    if (decision === 'denied') return [{ table: 'deviceCode', record: { ...code, phase: 'denied' } }];
    const sessionId = random(16).toString('base64url');
    const endsAtEpochMs = nowEpochMs + knobs.sessionLifetimeSeconds * 1000;
    return [
      { table: 'session', record: { id: sessionId, endsAtEpochMs, loggedOut: false } },
      { table: 'deviceCode', record: { ...code, phase: 'approved', sessionId } },
    ];
  };

  return { look, decide };
}

/** People type lower case, spaces, or no dash (RFC 8628 section 6.1: compare without punctuation and case). */
function normaliseUserCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
