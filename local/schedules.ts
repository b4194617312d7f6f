/**
 * EventBridge's rules with a rate: each calls its function again and again, the first time when the rate has passed once.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */

import { randomUUID } from 'node:crypto';
import type { Invocation } from './functions.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, TemplateError } from './intrinsics.ts';

/** A rule with a rate, and the function that it calls. */
export interface Schedule {
  /** The rule's logical id. */
  readonly name: string;
  readonly functionArn: string;
  readonly everySeconds: number;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/**
 * The seconds of a rate such as `rate(5 minutes)`.
 *
 * @throws TemplateError for anything else, such as a cron expression
 */
export function rateSeconds(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (!(seconds > 0)) throw new TemplateError(`the local run acts out rates only, and a rule has ${expression}`);
  return seconds;
}

/** Schedules that run. */
export interface RunningSchedules {
  /** Stops; calls under way are finished. */
  close(): Promise<void>;
}

export interface SchedulesOptions {
  readonly schedules: readonly Schedule[];
  readonly invoke: (functionArn: string, event: unknown) => Promise<Invocation>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Waits, or returns at once when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told of a call that came to nothing; the next one comes all the same. */
  readonly onFailure: (schedule: Schedule, outcome: Exclude<Invocation['outcome'], 'answered'>) => void;
}

/** Starts the schedules. */
export function startSchedules({ schedules, invoke, now, sleep, onFailure }: SchedulesOptions): RunningSchedules {
  const stopped = new AbortController();

  const run = async (schedule: Schedule): Promise<void> => {
    for (;;) {
      await sleep(schedule.everySeconds * 1000, stopped.signal);
      if (stopped.signal.aborted) return;
      const { outcome } = await invoke(schedule.functionArn, scheduledEvent(schedule, now()));
      if (outcome !== 'answered') onFailure(schedule, outcome);
    }
  };

  const running = schedules.map(run);
  return {
    close: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

function scheduledEvent({ name }: Schedule, nowMs: number): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: LOCAL_ACCOUNT,
    time: new Date(nowMs).toISOString().replace(/\.\d+/, ''),
    region: LOCAL_REGION,
    resources: [`arn:aws:events:${LOCAL_REGION}:${LOCAL_ACCOUNT}:rule/${name}`],
    detail: {},
  };
}
