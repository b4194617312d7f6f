import type { BrokerEvent } from '../../lambda/core/events.ts';
import type { Clock, Sleep } from '../../lambda/core/ports.ts';
import type { Counts, Part } from './counts.ts';
import { errorNamed } from './state-machine.ts';

/** Lambda: it counts requests, milliseconds times memory, and what is written to the log. */
export interface Functions {
  /** Runs one invocation on behalf of a part. */
  invoke<T>(part: Part, memoryMb: number, work: () => Promise<T>): Promise<T>;
  /** Takes the lines of the logger. */
  observe(part: Part): (event: BrokerEvent) => void;
  /** Invocations at this moment. */
  running(): number;
  /** Counts one line of the logger. */
  log(part: Part, message: string, facts: object): void;
}

/** What one invocation computes itself, beside waiting for calls: assumed, not measured. */
const OWN_MS = 3;

/** START, END and REPORT of one invocation. */
const INVOCATION_LOG_BYTES = 360;

/** What the logger puts into every line. */
const LINE = {
  level: 'INFO',
  message: '',
  timestamp: '2026-11-21T09:00:00.000Z',
  service: 'fleet-token-broker',
  sampling_rate: 0,
  xray_trace_id: '1-00000000-000000000000000000000000',
};

/** Makes the functions. @param maxConcurrent more at once are refused with Lambda.TooManyRequestsException */
export function makeFunctions(
  counts: Counts,
  time: Clock & { readonly sleep: Sleep },
  maxConcurrent = Number.POSITIVE_INFINITY,
): Functions {
  let running = 0;

  function log(part: Part, message: string, facts: object): void {
    counts.add(part, 'logBytes', JSON.stringify({ ...LINE, message, ...facts }).length);
  }

  return {
    log,
    running: () => running,
    observe:
      (part) =>
      ({ event, ...facts }) =>
        log(part, event, facts),

    async invoke(part, memoryMb, work) {
      if (running >= maxConcurrent) throw errorNamed('Lambda.TooManyRequestsException');
      running += 1;
      const startedAtMs = time.nowMs();
      counts.add(part, 'lambdaRequests');
      counts.add(part, 'logBytes', INVOCATION_LOG_BYTES);
      try {
        await time.sleep(OWN_MS);
        return await work();
      } finally {
        running -= 1;
        const ms = time.nowMs() - startedAtMs;
        counts.add(part, 'lambdaMs', ms);
        counts.add(part, 'lambdaGbSeconds', (ms / 1000) * (memoryMb / 1024));
      }
    },
  };
}
