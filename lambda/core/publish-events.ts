import { aboutSession, type Observe } from './events.ts';
import {
  type EVENT_SOURCE,
  type SessionChange,
  type SessionEvent,
  type SessionFacts,
  sessionEventOf,
} from './session-events.ts';

/** An event on the broker's bus, whatever it tells. */
export interface BusEvent {
  readonly source: typeof EVENT_SOURCE;
  readonly detailType: string;
  readonly occurredAtMs: number;
  readonly detail: object;
}

/** Puts events on the bus, at most `MAX_EVENTS_A_CALL`. @returns the places of those that it did not take, in order */
export type PutEvents<Event extends BusEvent = BusEvent> = (events: readonly Event[]) => Promise<readonly number[]>;

/** EventBridge takes no more in one call (API reference, PutEvents). */
export const MAX_EVENTS_A_CALL = 10;

/** A change with the place in the stream that it is delivered again from. */
export interface StreamedChange {
  readonly sequenceNumber: string;
  /** Reads the change; what is no session gives undefined. @throws when it cannot be read */
  readonly read: () => SessionChange | undefined;
}

/** How a batch went. */
export interface Published {
  readonly events: number;
  /** From where the stream is to deliver again: everything before it is published. */
  readonly failedAt?: string;
}

export interface PublishDependencies {
  readonly putEvents: PutEvents<SessionEvent>;
  readonly observe: Observe;
  /** Told why a batch stops, for the log. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Publishes the transitions in a batch of the stream, in its order, and stops at the first that cannot be published: the
 * stream delivers again from there. So an event may come twice, with the same id, but none is left out.
 *
 * A session that nobody looked at any more ends with its item, and here only: that is observed too.
 */
export function makePublishEvents({ putEvents, observe, onFailure }: PublishDependencies) {
  return async function publishEvents(changes: readonly StreamedChange[]): Promise<Published> {
    const { transitions, unreadableAt } = read(changes);
    for (let start = 0; start < transitions.length; start += MAX_EVENTS_A_CALL) {
      const chunk = transitions.slice(start, start + MAX_EVENTS_A_CALL);
      const [rejected] = await put(chunk.map(({ event }) => event));
      chunk.slice(0, rejected).forEach(tellLapse);
      if (rejected === undefined) continue;
      return { events: start + rejected, failedAt: (chunk[rejected] as Transition).sequenceNumber };
    }
    return { events: transitions.length, ...(unreadableAt !== undefined && { failedAt: unreadableAt }) };
  };

  /** The transitions up to the first record that cannot be read. */
  function read(changes: readonly StreamedChange[]): { transitions: Transition[]; unreadableAt?: string } {
    const transitions: Transition[] = [];
    for (const { sequenceNumber, read: readChange } of changes) {
      try {
        const change = readChange();
        const event = change && sessionEventOf(change);
        if (event !== undefined) transitions.push({ sequenceNumber, event, lapsed: lapsedIn(change) });
      } catch (error) {
        onFailure(error);
        return { transitions, unreadableAt: sequenceNumber };
      }
    }
    return { transitions };
  }

  function tellLapse({ lapsed }: Transition): void {
    if (lapsed !== undefined) observe({ event: 'session_settled', ...aboutSession(lapsed), phase: 'expired' });
  }

  async function put(events: readonly SessionEvent[]): Promise<readonly number[]> {
    try {
      return await putEvents(events);
    } catch (error) {
      onFailure(error);
      return [0];
    }
  }
}

interface Transition {
  readonly sequenceNumber: string;
  readonly event: SessionEvent;
  /** The session that expired unseen, until its item was deleted. */
  readonly lapsed: SessionFacts | undefined;
}

function lapsedIn(change: SessionChange | undefined): SessionFacts | undefined {
  return change?.now === undefined ? change?.before : undefined;
}
