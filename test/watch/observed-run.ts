/** A broker in memory whose events become metrics as they do in a function, minute by minute of a clock that tests move. */

import { createdOrderOf } from '../../lambda/adapters/keys.ts';
import { makeMetricsRecorder } from '../../lambda/adapters/metrics.ts';
import { makeCountWaiting } from '../../lambda/core/count-waiting.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { measurementsOf } from '../../lambda/core/measurements.ts';
import { METRIC_NAMESPACE } from '../../lambda/core/metrics.ts';
import type { SessionTally } from '../../lambda/core/session-summary.ts';
import { type EmfMetric, metricsIn, printedBy } from '../observability/emf-lines.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { clientSecretOf } from '../support/fake-records.ts';
import { makeWholeBroker, type WholeBrokerOptions } from '../support/whole-broker.ts';
import { type Sample, seriesOf } from './alarm-evaluator.ts';

export type ObservedRun = ReturnType<typeof observedRun>;

/** Samples of what a line tells. */
export function samplesOf(metrics: readonly EmfMetric[], atMs: number): Sample[] {
  return metrics.flatMap(({ name, dimensions, values }) => {
    const pairs = dimensions.map((dimension) => dimension.split('=') as [string, string]);
    const series = seriesOf(METRIC_NAMESPACE, name, Object.fromEntries(pairs));
    return values.map((value) => ({ series, value, atMs }));
  });
}

/** Starts a broker, and collects what CloudWatch would get. */
export function observedRun(options: Partial<WholeBrokerOptions> = {}) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ ...options, time });
  const recorder = makeMetricsRecorder(time);
  const samples: Sample[] = [];
  let seen = 0;

  const tally: SessionTally = {
    async visit(phases, see) {
      for (const session of broker.memory.records.all().filter(({ phase }) => phases.includes(phase))) {
        see({ ...session, createdOrder: createdOrderOf(session.createdAtMs, session.sessionId) });
      }
    },
  };
  const countWaiting = makeCountWaiting({
    tally,
    fleets: Object.keys(broker.settings.fleets),
    clock: time,
    observe: broker.observe,
  });

  /** Prints what has happened since the last time, as at the end of an invocation. */
  async function publish(): Promise<void> {
    const fresh = broker.events.slice(seen);
    seen = broker.events.length;
    const lines = await printedBy(() => {
      recorder.record(fresh.flatMap((event: BrokerEvent) => measurementsOf(event)));
      recorder.publish();
    });
    samples.push(...samplesOf(lines.flatMap(metricsIn), time.nowMs()));
  }

  return {
    time,
    broker,
    samples,
    /** Something happens, whether it goes well or not, and is counted. */
    async happens(work: () => Promise<unknown>): Promise<void> {
      await work().catch(() => undefined);
      await publish();
    },
    /** Minutes pass; in each something may happen, and then somebody counts who waits. */
    async minutes(count: number, work?: (minute: number) => Promise<unknown>): Promise<void> {
      for (let minute = 0; minute < count; minute += 1) {
        await work?.(minute).catch(() => undefined);
        await publish();
        await countWaiting();
        await publish();
        time.advanceSeconds(60);
      }
    },
    /** A new device, registered now. */
    async client(fleet: string) {
      const { clientId } = await broker.enroll({ fleet, expiresAt: time.nowMs() / 1000 + 7_776_000 });
      return { clientId, clientSecret: clientSecretOf(clientId) };
    },
    /** One tick of the loop for some sessions. */
    tick: (...sessionIds: string[]) => broker.tick({ cohort: 'c', generation: 0, tick: 0, sessionIds, waitSeconds: 1 }),
  };
}
