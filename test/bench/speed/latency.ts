/** From a person's approval to the tokens at the device, against the broker of the local run. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { makeRandom } from '../random.ts';
import type { LatencyBroker } from './latency-broker.ts';
import type { Row, Section } from './report.ts';
import { approvalLatencies } from './waiting-devices.ts';

/** One row: so many sessions at an interval, repeated. */
export interface LatencyRun {
  readonly sessions: number;
  readonly intervalSeconds: number;
  readonly repeats: number;
}

/** Measures the rows, one after the other, on one broker. */
export async function measureLatency(runs: readonly LatencyRun[], seed: number): Promise<Section> {
  const child = fork(join(import.meta.dirname, 'latency-broker.ts'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const [broker] = (await once(child, 'message')) as [LatencyBroker];
    const random = makeRandom(seed);
    const rows: Row[] = [];
    for (const { sessions, intervalSeconds, repeats } of runs) {
      const set = once(child, 'message');
      child.send(intervalSeconds);
      await set;
      const latencies: number[] = [];
      const before = performance.now();
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        latencies.push(...(await approvalLatencies({ broker, sessions, intervalSeconds, random })));
      }
      rows.push(rowOf({ sessions, intervalSeconds, repeats }, latencies, performance.now() - before));
    }
    return {
      title: 'Latency: from the approval to the token at the device',
      how: [
        'Broker: the one of `npm start` (the synthesized template, the deployed bundles, the embedded table), keeping nothing, in a process of its own. Devices and people are another process.',
        'Devices start at random moments within two intervals and poll one interval after each answer; each is approved at a random moment, between one and three intervals after its start.',
        'Latency: from the answer to the click on Identity Center’s page to the tokens in the device’s answer.',
      ],
      rows,
    };
  } finally {
    child.kill('SIGKILL');
  }
}

function rowOf({ sessions, intervalSeconds, repeats }: LatencyRun, latencies: readonly number[], tookMs: number): Row {
  const seconds = latencies.map((milliseconds) => milliseconds / 1000);
  const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
  const worst = Math.max(...seconds);
  const [meanGoal, worstGoal] = [intervalSeconds / 2 + 0.3, intervalSeconds + 1];
  return {
    name: `${sessions} at a time, interval ${intervalSeconds} s`,
    goal: `mean ≤ ${meanGoal} s, worst ≤ ${worstGoal} s`,
    isMet: mean <= meanGoal && worst <= worstGoal,
    absolute: `mean ${mean.toFixed(2)} s, worst ${worst.toFixed(2)} s of ${latencies.length} (${repeats} × ${sessions})`,
    figures: { meanSeconds: mean, worstSeconds: worst, sessions, intervalSeconds, tookSeconds: tookMs / 1000 },
  };
}
