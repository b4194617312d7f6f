import { createdOrderOf } from '../../lambda/adapters/keys.ts';
import type { Session } from '../../lambda/core/session.ts';
import type { SessionDirectory } from '../../lambda/core/session-directory.ts';
import type { MemoryRecords } from './memory-records.ts';

/** The operators' list of the sessions in memory. */
export function makeMemorySessionDirectory(records: MemoryRecords<Session>): SessionDirectory {
  return {
    async *newestFirst(phases, after) {
      const entries = records.all().map(({ sessionId, phase, clientId, fleet, createdAtMs, ...ends }) => ({
        sessionId,
        createdOrder: createdOrderOf(createdAtMs, sessionId),
        phase,
        clientId,
        fleet,
        expiresAt: ends.expiresAt,
        ...(ends.activationExpiresAt !== undefined && { activationExpiresAt: ends.activationExpiresAt }),
      }));
      const listed = entries.filter(
        (entry) => phases.includes(entry.phase) && (after === undefined || entry.createdOrder < after),
      );
      yield* listed.sort((a, b) => (a.createdOrder < b.createdOrder ? 1 : -1));
    },
  };
}
