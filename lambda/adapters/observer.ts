import { Logger } from '@aws-lambda-powertools/logger';
import type { Observe } from '../core/events.ts';
import { logLevelOf } from '../core/log-levels.ts';
import { measurementsOf } from '../core/measurements.ts';
import { makeMetricsRecorder } from './metrics.ts';
import { redactFields } from './redaction.ts';
import { systemClock } from './system.ts';

/** The one logger of a function: JSON lines, one a fact. Nothing is appended to it: invocations may overlap. */
export const logger = new Logger({ jsonReplacerFn: redactFields });

/** The one recorder of a function's metrics. */
const recorder = makeMetricsRecorder(systemClock);

/** Counts events, and writes those to the log that are worth a line. */
export const observe: Observe = (event) => {
  recorder.record(measurementsOf(event));
  const level = logLevelOf(event);
  if (level === undefined) return;
  const { event: name, ...facts } = event;
  logger[level](name, facts);
};

/**
 * Publishes what an invocation has counted, once at its end, whether it went well or not. As the first middleware of a
 * handler it is the last to run, so it also sees what the others tell.
 */
export function publishMetrics() {
  return { after: recorder.publish, onError: recorder.publish };
}

/**
 * Logs a fault by its name and place only: messages of libraries may quote what they were given.
 *
 * @param what the event's name
 */
export function logFault(what: string, error: unknown, facts: object = {}): void {
  const name = error instanceof Error ? error.name : typeof error;
  const stack =
    error instanceof Error ? error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')) : undefined;
  logger.error(what, { ...facts, fault: name, at: stack?.slice(0, 6) });
}
