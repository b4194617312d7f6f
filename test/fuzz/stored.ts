/** What a refused request may leave behind: nothing, but for what the design says is counted or used up. */
import type { TableChange } from '../faults/memory-table.ts';
import type { FuzzRequest } from './gateway.ts';

/** What a poll writes down about itself (lambda/core/session-store.ts, `claimPoll` and `recordPoll`). */
const POLL_FIELDS = new Set(['nextPollAtMs', 'leaseUntilMs', 'polls', 'failedPolls', 'invalidGrants', 'slowDowns']);

/** Kinds of items that a refusal may add to or count on. */
const COUNTED: Readonly<Record<string, (request: FuzzRequest) => boolean>> = {
  // Wrong user codes are counted by address.
  WRONGCODES: ({ path }) => path.endsWith('/activate') || path.includes('/activate/'),
  // An assertion is used up before the request is looked at any further (RFC 7523 §3, jti).
  ASSERTION: () => true,
};

/** @returns the changes that a refused request must not have made */
export function wronglyStored(request: FuzzRequest, changes: readonly TableChange[]): string[] {
  return changes.filter((change) => !isAllowed(request, change)).map(({ before, now }) => describe(before, now));
}

function isAllowed(request: FuzzRequest, { before, now }: TableChange): boolean {
  const [kind = ''] = (now ?? before)?.pk.split('#') ?? [];
  if (COUNTED[kind]?.(request) === true) return true;
  // A device that is told to wait has had its session polled.
  return kind === 'SESSION' && before !== undefined && changedIn(before, now).every((name) => POLL_FIELDS.has(name));
}

function changedIn(before: object, now: object | undefined): string[] {
  const [was, is] = [before, now ?? {}] as Record<string, unknown>[];
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})]);
  return [...names].filter((name) => JSON.stringify(was?.[name]) !== JSON.stringify(is?.[name]));
}

function describe(before: object | undefined, now: object | undefined): string {
  const { pk } = (now ?? before) as { pk: string };
  return `${pk.split('#')[0]}: ${before === undefined ? 'added' : changedIn(before, now).join(', ')}`;
}
