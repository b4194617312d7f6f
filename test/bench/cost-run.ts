import { isRefusal } from '../../lambda/core/oauth-error.ts';
import type { Settings } from '../../lambda/core/settings.ts';
import { makeFleet } from '../support/fake-records.ts';
import { makeBenchBroker } from './bench-broker.ts';
import { type Counts, makeCounts } from './counts.ts';
import type { Deployment } from './deployment.ts';
import { type Ending, makeDevice } from './field.ts';
import { makeBenchIdentityCenter } from './identity-center.ts';
import { makeRandom } from './random.ts';
import { BENCH_START_MS, makeVirtualTime } from './virtual-time.ts';

/** One row: how many sessions, how they come, and what becomes of them. */
export interface CostRow {
  readonly sessions: number;
  /** `steady`: one in half a minute, each alone. `storm`: a reboot, 167 a second, which is 10,000 in a minute. */
  readonly arrival: 'steady' | 'storm';
  readonly approval: 'immediate' | 'deferred';
  readonly outcome: 'approved' | 'never';
  readonly intervalSeconds: number;
  readonly devices: 'poll' | 'sleep';
}

/** What a row came to. */
export interface CostRun {
  readonly counts: Counts;
  readonly violations: number;
  readonly upstreamPolls: number;
  readonly endings: Readonly<Partial<Record<Ending, number>>>;
  /** When the last execution or device was done, seconds from the start. */
  readonly lastedSeconds: number;
}

const STEADY_SECONDS = 30;
const STORM_PER_SECOND = 10_000 / 60;
const LONGEST_STORM_SECONDS = 60;
/** How long Identity Center takes. */
export const UPSTREAM_LATENCY_MS = 70;
export const APPROVED_AFTER_SECONDS = 60;

/** Runs a row on a clock of its own. */
export async function runCostRow(row: CostRow, deployment: Deployment, seed = 1): Promise<CostRun> {
  const time = makeVirtualTime();
  const counts = makeCounts();
  const random = makeRandom(seed);
  const { approval, intervalSeconds } = row;
  const fleet = makeFleet({ approval, minimumIntervalSeconds: intervalSeconds });
  const settings: Settings = {
    fleets: { kiosks: fleet },
    redelivery: { windowSeconds: 300, maxDeliveries: 5 },
    deviceAuth: 'client_secret',
    upstreamCallsPerSecond: 80,
  };
  const upstream = makeBenchIdentityCenter({
    clock: time,
    sleep: time.sleep,
    latencyMs: UPSTREAM_LATENCY_MS,
    intervalSeconds,
    onCall: (operation) => counts.add(operation === 'poll' ? 'polling' : 'sign-in', 'upstreamCalls'),
  });
  const broker = makeBenchBroker({ time, counts, deployment, settings, upstream });
  const approved = row.outcome === 'approved' ? { approvedAfterSeconds: APPROVED_AFTER_SECONDS } : {};
  const device = makeDevice({ time, broker, upstream, random, fleet: fleet.name, devices: row.devices, ...approved });

  const endings: Partial<Record<Ending, number>> = {};
  async function signIn(number: number): Promise<void> {
    const credentials = device.enrolled(number);
    const started = await device.start(credentials);
    const ending = isRefusal(started) ? 'refused' : await device.waitForApproval(credentials, started);
    endings[ending] = (endings[ending] ?? 0) + 1;
  }
  for (let number = 0; number < row.sessions; number += 1) {
    time.at(BENCH_START_MS + arrivalMs(row, number, random), () => void signIn(number));
  }
  await time.run();
  return {
    counts,
    violations: upstream.violations(),
    upstreamPolls: counts.of('polling', 'upstreamCalls'),
    endings,
    lastedSeconds: (time.nowMs() - BENCH_START_MS) / 1000,
  };
}

function arrivalMs({ arrival, sessions }: CostRow, number: number, random: () => number): number {
  if (arrival === 'steady') return number * STEADY_SECONDS * 1000;
  return Math.floor(random() * Math.min(LONGEST_STORM_SECONDS, sessions / STORM_PER_SECOND) * 1000);
}
