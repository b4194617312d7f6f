import type { SessionSummary } from './session-summary.ts';
import { isoOf } from './session-view.ts';

/** The summary as operators see it: each count with the filter of `GET /sessions` that lists what was counted. */
export function summaryView({ counts, oldestWaiting, countedAtMs, refreshAfterSeconds }: SessionSummary) {
  return {
    counts: counts.map(({ phase, fleet, count }) => ({ phase, fleet, count, filter: { phase, fleet } })),
    oldestWaiting:
      oldestWaiting === undefined
        ? null
        : {
            sessionId: oldestWaiting.sessionId,
            fleet: oldestWaiting.fleet,
            clientName: oldestWaiting.clientName,
            createdAt: isoOf(oldestWaiting.createdAtMs),
            waitingSeconds: Math.max(0, Math.floor((countedAtMs - oldestWaiting.createdAtMs) / 1000)),
          },
    updatedAt: isoOf(countedAtMs),
    refreshAfterSeconds,
  };
}
