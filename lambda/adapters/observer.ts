import { Logger } from '@aws-lambda-powertools/logger';
import type { BrokerEvent, Observe } from '../core/events.ts';

/** The one logger of a function: JSON lines, one a fact. Nothing is appended to it: invocations may overlap. */
export const logger = new Logger();

const WARNINGS: ReadonlySet<BrokerEvent['event']> = new Set(['replay_refused', 'grant_ended']);
const ERRORS: ReadonlySet<BrokerEvent['event']> = new Set(['approval_lost', 'refresh_lost']);

/** Writes events to the log. */
export const observe: Observe = ({ event, ...facts }) => {
  const level = ERRORS.has(event) ? 'error' : WARNINGS.has(event) ? 'warn' : 'info';
  logger[level](event, facts);
};

/**
 * Logs a fault by its name and place only: messages of libraries may quote what they were given.
 *
 * @param what the event's name
 */
export function logFault(what: string, error: unknown, facts: Record<string, unknown> = {}): void {
  const name = error instanceof Error ? error.name : typeof error;
  const stack =
    error instanceof Error ? error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')) : undefined;
  logger.error(what, { ...facts, fault: name, at: stack?.slice(0, 6) });
}
