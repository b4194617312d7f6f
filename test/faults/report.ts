import type { Ledger } from './ledger.ts';
import type { FlowRun } from './run-flows.ts';

/** What a run came to, for people. */

const rows = (counts: Iterable<readonly [string, number]>): string[] =>
  [...counts].map(([name, count]) => `  ${String(count).padStart(8)}  ${name}`);

function countsOf<T>(items: Iterable<T>, nameOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return counts;
}

/** How each session ended, as its device was told. */
export function endsOf({ sessions }: Ledger): Map<string, number> {
  return countsOf(sessions.values(), ({ tokenSets, end, endedByWill }) => {
    if (tokenSets.size > 0) return 'signed in';
    return end ?? (endedByWill === undefined ? 'still polling' : `${endedByWill}, nobody polls any more`);
  });
}

/** Shown at most; all of them would hide the first. */
const VIOLATIONS_SHOWN = 20;

/** The summary of a run. @param seconds what it took on this machine */
export function reportOf({ ledger, faults, executions, spanMs }: FlowRun, seconds: number): string {
  const { sessions, violations, wasted, killedAt, tally } = ledger;
  const redeemedTwice = [...sessions.values()].filter(({ tokenSets }) => tokenSets.size > 1).length;
  const countOf = (invariant: string): number => violations.filter((it) => it.invariant.startsWith(invariant)).length;
  return [
    `${sessions.size} sessions in ${(spanMs / 3_600_000).toFixed(1)} virtual hours, ${seconds.toFixed(1)} s here`,
    ...rows(Object.entries({ ...tally, executions })),
    'How they ended:',
    ...rows(endsOf(ledger)),
    'Faults:',
    ...rows(faults.counts),
    'Killed with upstream’s answer in hand:',
    ...rows(killedAt),
    `Approvals wasted, ${wasted.length}, none of which the design can save:`,
    ...rows(countsOf(wasted, ({ why }) => why)),
    `Sessions lost: ${countOf('sessions lost')}. Token sets given out twice: ${redeemedTwice}. Polls early: ${countOf('1')}.`,
    `Violations: ${violations.length}`,
    ...violations
      .slice(0, VIOLATIONS_SHOWN)
      .map(
        ({ invariant, what, sessionId = '', atMs }) =>
          `  ${invariant}: ${what} ${sessionId.slice(0, 10)} at ${new Date(atMs).toISOString()}`,
      ),
  ].join('\n');
}
