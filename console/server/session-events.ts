/** One step of a session, as its timeline shows it. */
export interface SessionEvent {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly phase: string;
  readonly previousPhase?: string;
  readonly reason?: string;
}

/** An event of the broker's bus, as far as it is looked at. */
interface BusEvent {
  readonly source: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const SOURCE = 'fleet-token-broker';

/**
 * Picks the events of one session out of those of the bus.
 *
 * @param events in any order; one that was delivered twice counts once
 * @returns oldest first
 */
export function eventsOfSession(events: readonly BusEvent[], sessionId: string): SessionEvent[] {
  const found = new Map<unknown, SessionEvent>();
  for (const { source, detail } of events) {
    const { metadata, data } = detail as { metadata?: Record<string, unknown>; data?: Record<string, unknown> };
    if (source !== SOURCE || data?.sessionId !== sessionId) continue;
    if (typeof metadata?.timestamp !== 'string' || typeof data.phase !== 'string') continue;
    const { previousPhase, reason } = data;
    found.set(metadata.id, {
      timestamp: metadata.timestamp,
      phase: data.phase,
      ...(typeof previousPhase === 'string' && { previousPhase }),
      ...(typeof reason === 'string' && { reason }),
    });
  }
  return [...found.values()].sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}
