import { isRefusal } from '../../lambda/core/oauth-error.ts';
import type { Settings } from '../../lambda/core/settings.ts';
import { makeFleet } from '../support/fake-records.ts';
import { type ArrivalPattern, arrivalTimesMs } from './arrivals.ts';
import { makeBenchBroker } from './bench-broker.ts';
import { UPSTREAM_LATENCY_MS } from './cost-run.ts';
import { makeCounts } from './counts.ts';
import type { Deployment } from './deployment.ts';
import { type Credentials, type Ending, type Gateway, makeDevice, type RetryAfter } from './field.ts';
import { makeBenchIdentityCenter } from './identity-center.ts';
import { type LoadRecord, makeLoadRecord } from './load-record.ts';
import { makeBucket } from './quota.ts';
import { makeRandom } from './random.ts';
import { errorNamed } from './state-machine.ts';
import { BENCH_START_MS, makeVirtualTime, type VirtualTime } from './virtual-time.ts';

/** What a fresh account allows, by default (Service Quotas; IAM Identity Center, Step Functions, DynamoDB and API pages). */
export const QUOTAS = {
  upstreamPerClient: 80,
  upstreamPerInstance: 250,
  apiPerSecond: 10_000,
  apiBurst: 5_000,
  concurrent: 1_000,
  writeUnits: 4_000,
  startExecutionPerSecond: 300,
  startExecutionBurst: 1_300,
  transitions: 5_000,
} as const;

export interface ScaleOptions {
  readonly devices: number;
  readonly arrival: ArrivalPattern;
  readonly seed: number;
  readonly approval: 'immediate' | 'deferred';
  readonly deployment: Deployment;
  /** What a device that may not start yet is told to wait. @default - what the broker says */
  readonly retryAfter?: RetryAfter;
  /** Whether environments keep to Identity Center's quota once it throttles (lambda/core/paced-upstream.ts). @default true */
  readonly isPaced?: boolean;
  /** How long it is watched: deferred approval has no end of its own. */
  readonly watchedSeconds?: number;
}

export interface ScaleRun {
  readonly load: LoadRecord;
  readonly violations: number;
  /** Devices that hold a code that is good, or more than that. */
  readonly waiting: number;
  readonly endings: Readonly<Partial<Record<Ending, number>>>;
  /** Seconds until the last device had its code. */
  readonly lastCodeSeconds: number;
  /** Seconds until the last device had its token. */
  readonly lastTokenSeconds: number;
  /** Calls that Identity Center answered, throttled ones not among them. */
  readonly upstreamServed: number;
  readonly upstreamRefused: number;
  readonly writeUnits: number;
  readonly tablePeakWrites: number;
}

/** A person stands beside the device. */
const APPROVED_AFTER_SECONDS = 20;

/** Lets so many devices reboot under the quotas of a fresh account. */
export async function runScale(options: ScaleOptions): Promise<ScaleRun> {
  const { devices, arrival, seed, approval, deployment, watchedSeconds, retryAfter, isPaced } = options;
  const time = makeVirtualTime();
  const counts = makeCounts();
  const random = makeRandom(seed);
  const load = makeLoadRecord(time);
  const fleet = makeFleet({ approval });
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
    intervalSeconds: fleet.minimumIntervalSeconds,
    quotas: { perClient: QUOTAS.upstreamPerClient, perInstance: QUOTAS.upstreamPerInstance },
    onCall: (_operation, isThrottled) => load.add(isThrottled ? 'upstreamRefused' : 'upstreamServed'),
  });
  const broker = makeBenchBroker({
    time,
    counts,
    deployment,
    settings,
    upstream,
    ...(isPaced !== undefined && { isPaced }),
    maxConcurrent: QUOTAS.concurrent,
    onTransition: () => load.add('transitions'),
    beforeWrite: limitWrites(time, load),
    beforeStart: limitStarts(time, load),
  });
  const gateway = limitRequests(time, load, deployment.throttle, () => broker.running());
  const told = retryAfter && { retryAfter };
  const approved = approval === 'immediate' ? { approvedAfterSeconds: APPROVED_AFTER_SECONDS } : {};
  const device = makeDevice({
    time,
    broker,
    upstream,
    random,
    fleet: fleet.name,
    devices: 'poll',
    gateway,
    ...told,
    ...approved,
  });

  const endings: Partial<Record<Ending, number>> = {};
  const last = { code: 0, token: 0 };
  let waiting = 0;
  const seconds = (): number => (time.nowMs() - BENCH_START_MS) / 1000;

  async function boot(credentials: Credentials): Promise<void> {
    load.add('arrived');
    for (;;) {
      const started = await device.startPatiently(credentials);
      if (isRefusal(started)) throw new Error(started.description);
      waiting += 1;
      last.code = seconds();
      const ending = await device.waitForApproval(credentials, started);
      endings[ending] = (endings[ending] ?? 0) + 1;
      if (ending === 'tokens') break;
      waiting -= 1;
    }
    load.add('done');
    last.token = seconds();
  }

  for (const [number, atMs] of arrivalTimesMs(arrival, devices, random).entries()) {
    const credentials = device.enrolled(number);
    time.at(BENCH_START_MS + atMs, () => void boot(credentials));
  }
  await time.run(watchedSeconds === undefined ? undefined : BENCH_START_MS + watchedSeconds * 1000);
  return {
    load,
    violations: upstream.violations(),
    waiting,
    endings,
    lastCodeSeconds: last.code,
    lastTokenSeconds: last.token,
    upstreamServed: upstream.served(),
    upstreamRefused: upstream.throttled(),
    writeUnits: counts.total('writeUnits'),
    tablePeakWrites: Math.max(...load.of('writeUnits')),
  };
}

/**
 * API Gateway and Lambda in front of the broker: what is beyond them gets no further. The account has a quota, the stage and
 * the start have the limits that they are deployed with.
 */
function limitRequests(
  time: VirtualTime,
  load: LoadRecord,
  { rateLimit, burstLimit, startsPerSecond }: Deployment['throttle'],
  running: () => number,
): Gateway {
  const ofAccount = makeBucket(time, QUOTAS.apiPerSecond, QUOTAS.apiBurst);
  const ofRoute = { start: makeBucket(time, startsPerSecond), poll: makeBucket(time, rateLimit, burstLimit) };
  return {
    admits(route): boolean {
      load.add('apiRequests');
      load.peak('concurrent', running());
      if (!ofAccount.has()) {
        load.add('apiRefused');
        return false;
      }
      ofAccount.take();
      if (!ofRoute[route].has()) return false;
      ofRoute[route].take();
      const isRoom = running() < QUOTAS.concurrent;
      if (!isRoom) load.add('concurrentRefused');
      return isRoom;
    },
    toldToSlowDown: (): void => load.add('told to slow down'),
  };
}

/** How long the SDK's three attempts bear with a table at its limit. */
const SDK_PATIENCE_MS = 1_000;

/** A table at its limit: the SDK tries again for a moment, then the call fails. */
function limitWrites(time: VirtualTime, load: LoadRecord) {
  const bucket = makeBucket(time, QUOTAS.writeUnits);
  return async (units: number): Promise<void> => {
    const debtMs = bucket.debtMs();
    if (debtMs > 0) load.add('writesWaiting');
    if (debtMs > SDK_PATIENCE_MS) {
      await time.sleep(SDK_PATIENCE_MS);
      throw errorNamed('ProvisionedThroughputExceededException');
    }
    bucket.take(units);
    load.add('writeUnits', units);
    if (debtMs > 0) await time.sleep(debtMs);
  };
}

/** StartExecution at its limit: the batch is delivered again. */
function limitStarts(time: VirtualTime, load: LoadRecord) {
  const bucket = makeBucket(time, QUOTAS.startExecutionPerSecond, QUOTAS.startExecutionBurst);
  return async (): Promise<void> => {
    bucket.take();
    load.add('executionsStarted');
    if (bucket.debtMs() > 0) load.add('startsWaiting');
    await time.sleep(bucket.debtMs());
  };
}
