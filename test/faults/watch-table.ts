import type { Item } from '../../lambda/adapters/table.ts';
import { isEnd, type Phase } from '../../lambda/core/session.ts';
import type { SimulatedIdentityCenter, UpstreamCode } from './identity-center.ts';
import type { Ledger } from './ledger.ts';
import type { TableChange } from './memory-table.ts';

/** Invariants that every change of the table must keep, whoever makes it. */

/** Where a session may go from a phase; into an end it may go from every phase that is none. */
const NEXT: Readonly<Record<string, readonly Phase[]>> = {
  awaiting_operator: ['pending'],
  pending: ['awaiting_operator', 'authorized'],
  authorized: ['claimed'],
  claimed: [],
};

/** What a poll's bookkeeping may touch. */
const POLL_FIELDS = ['nextPollAtMs', 'leaseUntilMs', 'polls', 'slowDowns', 'failedPolls', 'invalidGrants'];
/** What a repeated delivery may touch. */
const DELIVERY_FIELDS = ['lastDeliveredAtMs', 'deliveries'];
/** Attributes that hold a secret in the clear by design: the upstream code while it lives, and what its link says. */
const UPSTREAM_SECRETS = ['upstreamDeviceCode'];

/** Makes the watch; it also notes which upstream codes a session has had. */
export function watchTable(ledger: Ledger, identityCenter: SimulatedIdentityCenter, secretMark: string) {
  return function watch({ before, now }: TableChange): void {
    ledger.tally['table changes'] += 1;
    if (now === undefined) return;
    noSecret(now);
    if (!now.pk.startsWith('SESSION#')) return;
    const sessionId = now.sessionId as string;
    noteCode(sessionId, now.upstreamDeviceCode as string | undefined);
    if (before !== undefined) transition(sessionId, before, now);
  };

  function noteCode(sessionId: string, deviceCode: string | undefined): void {
    const code = identityCenter.codes.get(deviceCode ?? '');
    const codes = ledger.codesOf.get(sessionId) ?? [];
    if (code !== undefined && !codes.includes(code)) ledger.codesOf.set(sessionId, [...codes, code]);
  }

  function transition(sessionId: string, before: Item, now: Item): void {
    const [was, is] = [before.phase as Phase, now.phase as Phase];
    if (isEnd(was)) {
      ledger.violate('2: ends are absorbing', `${was} became ${is}`, sessionId);
      return;
    }
    if (was !== is) {
      if (!isEnd(is) && !NEXT[was]?.includes(is)) ledger.violate('2: transitions', `${was} became ${is}`, sessionId);
      return;
    }
    const changed = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((it) => before[it] !== now[it]);
    const allowed = was === 'claimed' ? DELIVERY_FIELDS : POLL_FIELDS;
    const others = changed.filter((attribute) => !allowed.includes(attribute));
    if (others.length > 0) ledger.violate('2: a poll touches poll fields only', others.join(', '), sessionId);
  }

  /** A copy of the table yields no token (DESIGN §4). */
  function noSecret(item: Item): void {
    for (const [attribute, value] of Object.entries(item)) {
      if (UPSTREAM_SECRETS.includes(attribute) || typeof value !== 'string') continue;
      if (value.includes(secretMark))
        ledger.violate('5: no secret in the table', `${item.pk.split('#')[0]} ${attribute}`);
    }
  }
}

/**
 * A token request has arrived: was it early? Upstream counts from arrival to arrival.
 *
 * @param spacingSeconds interval + 5 × slow_downs that the broker has been told of
 */
export function watchPoll(
  ledger: Ledger,
  code: UpstreamCode,
  spacingSeconds: number,
  sessionId: string | undefined,
): void {
  const [before, last] = code.pollsAtMs.slice(-2);
  if (before === undefined || last === undefined) return;
  const gapMs = last - before;
  if (gapMs < spacingSeconds * 1000) {
    ledger.violate(
      '1: polls early',
      `${Math.round(gapMs)} ms after the last, ${spacingSeconds} s asked for`,
      sessionId,
    );
  }
}
