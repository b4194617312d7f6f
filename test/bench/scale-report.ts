import { drawLoad } from './load-picture.ts';
import { type LoadRecord, longestRun } from './load-record.ts';
import { QUOTAS, type ScaleOptions, type ScaleRun } from './scale-run.ts';

/** What a run of a fleet came to, beside what the quotas allow. */
export interface ScaleReport {
  readonly approval: 'immediate' | 'deferred';
  readonly devices: number;
  /** Devices that neither have a token nor wait with a good code. */
  readonly lost: number;
  readonly violations: number;
  /** Immediate: until the last device has its token. Deferred: until the last one waits for a person. */
  readonly drainSeconds: number;
  /** What no program could undercut under the quota. */
  readonly boundSeconds: number;
  readonly boundBy: string;
  readonly ratio: number;
  /** Of each quota: the highest second, what was refused or had to wait, and the longest time without a second's pause of it. */
  readonly quotas: readonly QuotaReport[];
}

export interface QuotaReport {
  readonly name: string;
  readonly limit: number;
  readonly peak: number;
  readonly refused: number;
  readonly longestSeconds: number;
}

/** Writes that a deferred start takes: the user code, the session, the client. */
const WRITES_OF_A_START = 3;

/** Calls to Identity Center of an immediate sign-in: one start, and one poll at just the right moment. */
const CALLS_OF_A_SIGN_IN = 2;

/** Reports a run. */
export function reportScale(run: ScaleRun, { approval, devices }: ScaleOptions): ScaleReport {
  const isImmediate = approval === 'immediate';
  const boundSeconds = isImmediate
    ? (devices * CALLS_OF_A_SIGN_IN) / QUOTAS.upstreamPerClient
    : Math.max(60, (devices * WRITES_OF_A_START) / QUOTAS.writeUnits);
  const drainSeconds = isImmediate ? run.lastTokenSeconds : run.lastCodeSeconds;
  return {
    approval,
    devices,
    lost: isImmediate ? devices - (run.endings.tokens ?? 0) : devices - run.waiting,
    violations: run.violations,
    drainSeconds,
    boundSeconds,
    boundBy: isImmediate
      ? `${CALLS_OF_A_SIGN_IN} calls a device, ${QUOTAS.upstreamPerClient} a second`
      : `${WRITES_OF_A_START} writes a device, ${QUOTAS.writeUnits} a second, in no less than the minute of the reboot`,
    ratio: drainSeconds / boundSeconds,
    quotas: quotasOf(run.load),
  };
}

function quotasOf(load: LoadRecord): QuotaReport[] {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const quota = (name: string, limit: number, used: readonly number[], refused: readonly number[]): QuotaReport => ({
    name,
    limit,
    peak: Math.max(0, ...used),
    refused: sum(refused),
    longestSeconds: longestRun(refused, (value) => value > 0),
  });
  return [
    quota('Identity Center, calls/s', QUOTAS.upstreamPerClient, load.of('upstreamServed'), load.of('upstreamRefused')),
    quota('API Gateway, requests/s', QUOTAS.apiPerSecond, load.of('apiRequests'), load.of('apiRefused')),
    quota('Lambda, at once', QUOTAS.concurrent, load.of('concurrent'), load.of('concurrentRefused')),
    quota('table, writes/s', QUOTAS.writeUnits, load.of('writeUnits'), load.of('writesWaiting')),
    quota('StartExecution/s', QUOTAS.startExecutionPerSecond, load.of('executionsStarted'), load.of('startsWaiting')),
    quota('state transitions/s', QUOTAS.transitions, load.of('transitions'), []),
  ];
}

/** Draws a run. */
export function drawScale({ load }: ScaleRun, { approval, devices, drainSeconds }: ScaleReport): string {
  const seconds = Math.ceil(Math.max(drainSeconds, 60) * 1.05);
  const upstream = {
    title: 'Identity Center, calls a second',
    lines: [
      { name: 'answered', values: load.of('upstreamServed'), color: '#0b6e4f' },
      { name: 'throttled', values: load.of('upstreamRefused'), color: '#c0392b' },
    ],
    limit: { name: `quota ${QUOTAS.upstreamPerClient}`, value: QUOTAS.upstreamPerClient },
  };
  const table = {
    title: 'Table, write units a second',
    lines: [{ name: 'written', values: load.of('writeUnits'), color: '#0b6e4f' }],
    limit: { name: `new table ${QUOTAS.writeUnits}`, value: QUOTAS.writeUnits },
  };
  return drawLoad(`${devices.toLocaleString('en-US')} devices reboot, ${approval} approval`, seconds, [
    {
      title: 'Devices without a token',
      lines: [{ name: 'devices', values: waitingOver(load, seconds), color: '#1f4e9c' }],
    },
    ...(approval === 'immediate' ? [upstream, table] : [table]),
    {
      title: 'API, requests a second',
      lines: [
        { name: 'requests', values: load.of('apiRequests'), color: '#1f4e9c' },
        { name: 'told to come later', values: load.of('told to slow down'), color: '#c0392b' },
      ],
    },
    {
      title: 'Lambda, invocations at once',
      lines: [{ name: 'running', values: load.of('concurrent'), color: '#0b6e4f' }],
      limit: { name: `account ${QUOTAS.concurrent}`, value: QUOTAS.concurrent },
    },
  ]);
}

function waitingOver(load: LoadRecord, seconds: number): number[] {
  let waiting = 0;
  return Array.from({ length: seconds }, (_, second) => {
    waiting += (load.of('arrived')[second] ?? 0) - (load.of('done')[second] ?? 0);
    return waiting;
  });
}
