import type { BrokerEvent } from './events.ts';

/**
 * Which events are worth a line of log. A line costs as much as a thousand counted events, so what happens at every poll
 * is counted only, and written down when it is out of the ordinary.
 */

/** A poll's answer that took longer than this is written down, whatever it says. */
const SLOW_MS = 1_000;

/** A poll that was this late is written down. */
const LATE_MS = 10_000;

export type LogLevel = 'info' | 'warn' | 'error';

/** The level of an event's line, or undefined when counting it is enough. */
export function logLevelOf(event: BrokerEvent): LogLevel | undefined {
  switch (event.event) {
    case 'approval_lost':
    case 'refresh_lost':
      return 'error';
    case 'replay_refused':
    case 'grant_ended':
      return 'warn';
    case 'session_started':
    case 'session_activated':
    case 'activation_ended':
    case 'session_settled':
    case 'tokens_delivered':
    case 'refreshed':
    case 'role_credentials':
    case 'client_registered':
    case 'registration_renewed':
    case 'request_refused':
      return 'info';
    case 'upstream_polled':
      return event.outcome === 'pending' && event.latencyMs < SLOW_MS ? undefined : 'info';
    case 'poll_taken':
      return event.lagMs < LATE_MS ? undefined : 'info';
    case 'upstream_called':
      return settingUpFailed(event) ? 'warn' : undefined;
    // A fault has a line of its own, with the place where it happened.
    case 'poll_failed':
    case 'request_failed':
    case 'stream_read':
    case 'waiting_counted':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Calls of the other operations are told by the session, or the grant, that they belong to. */
function settingUpFailed({ operation, outcome }: Extract<BrokerEvent, { event: 'upstream_called' }>): boolean {
  if (operation === 'RegisterClient') return outcome !== 'registered';
  return operation === 'StartDeviceAuthorization' && outcome !== 'started';
}
