import { type Phase, phaseAt } from '../../lambda/core/session.ts';
import type { UpstreamCode } from './identity-center.ts';
import type { Ledger, WasteReason } from './ledger.ts';
import type { MemoryTable } from './memory-table.ts';

/** The account of every session at the end of a run: delivered, ended for a good reason, or wasted; or else lost. */

/** Later than this before the end of its code an approval may find nobody who looks again: back-off, outage and pause. */
const LATE_MS = 150_000;
const ENDED_ON_PURPOSE: readonly Phase[] = ['superseded', 'cancelled', 'denied'];

/** Closes the books; what does not add up is a violation. */
export function closeAccounts(ledger: Ledger, table: MemoryTable, nowMs: number): void {
  for (const [sessionId, codes] of ledger.codesOf) {
    const approved = codes.filter(({ decision }) => decision?.kind === 'approved');
    for (const code of approved) accountFor(ledger, table, sessionId, code);
  }
  for (const session of ledger.sessions.values()) {
    const { sessionId, tokenSets, end, endedByWill } = session;
    if (tokenSets.size > 1) ledger.violate('3: one code, one token set', `${tokenSets.size} sets`, sessionId);
    const isWasted = ledger.wasted.some((wasted) => wasted.sessionId === sessionId);
    const item = table.peek(`SESSION#${sessionId}`);
    const phase = item?.phase as Phase | undefined;
    if (end === 'access_denied' && endedByWill === undefined) {
      ledger.violate('sessions lost', 'denied, and nobody denied it', sessionId);
    }
    if (end === 'invalid_grant' && !isWasted && endedByWill === undefined) {
      ledger.violate(
        'sessions lost',
        `invalid_grant, and nothing was wasted (${phase}, ${item?.endReason})`,
        sessionId,
      );
    }
    if (end === 'invalid_client') ledger.violate('8: one device cannot disturb another', 'invalid_client', sessionId);
    if (phase !== undefined && phaseAt({ phase, expiresAt: item?.expiresAt as number }, nowMs) === 'pending') {
      ledger.violate('sessions lost', 'pending for ever', sessionId);
    }
  }
}

function accountFor(ledger: Ledger, table: MemoryTable, sessionId: string, code: UpstreamCode): void {
  const session = ledger.sessions.get(sessionId);
  const phase = table.peek(`SESSION#${sessionId}`)?.phase as Phase;
  if ((session?.tokenSets.size ?? 0) > 0) return;
  const isStored = phase === 'authorized' || phase === 'claimed';
  // Its device was never told of it, or has forgotten it: nobody asks for the tokens.
  if (isStored && (session === undefined || session.endedByWill !== undefined)) return;
  if (isStored) {
    ledger.violate('sessions lost', `${phase}, and its device has no tokens (${session?.end})`, sessionId);
    return;
  }
  const why = whyWasted(ledger, sessionId, phase, code);
  const leftMs = code.expiresAtMs - (code.decision?.atMs ?? 0);
  if (why !== undefined) ledger.wasted.push({ sessionId, why, leftSeconds: Math.round(leftMs / 1000) });
  else if (code.redeemedAtMs !== undefined || session?.endedByWill === undefined) {
    const taken = code.redeemedAtMs === undefined ? 'not redeemed' : 'redeemed';
    ledger.violate('sessions lost', `approved ${leftMs} ms before the end, ${taken}, now ${phase}`, sessionId);
  }
}

function whyWasted(ledger: Ledger, sessionId: string, phase: Phase, code: UpstreamCode): WasteReason | undefined {
  if (code.redeemedAtMs !== undefined) {
    if (code.answerLost) return 'upstream’s answer was lost on the wire';
    if (code.holderKilled) return 'killed between upstream’s answer and our write';
    if (ledger.notStored.has(sessionId)) return 'the table was down for longer than the writer insists';
  }
  if (ENDED_ON_PURPOSE.includes(phase)) return 'the session was ended on purpose while the approval was on its way';
  const isLate = code.expiresAtMs - (code.decision?.atMs ?? 0) < LATE_MS;
  return code.redeemedAtMs === undefined && isLate ? 'approved so late that upstream’s code ended first' : undefined;
}
