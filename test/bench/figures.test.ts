import { beforeAll, describe, expect, it } from 'vitest';
import { makeSecret } from '../../lambda/core/secret.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { type CostRow, type CostRun, runCostRow } from './cost-run.ts';
import { type CostLine, costGoals, costRows, measureCost } from './cost-table.ts';
import { type Deployment, readDeployment, withLoop } from './deployment.ts';
import { makeBenchIdentityCenter } from './identity-center.ts';
import { runNaive } from './naive-loop.ts';
import { QUOTAS, runScale } from './scale-run.ts';

const STORM: CostRow = {
  sessions: 100,
  arrival: 'storm',
  approval: 'immediate',
  outcome: 'approved',
  intervalSeconds: 5,
  devices: 'sleep',
};
const ALONE: CostRow = { ...STORM, sessions: 1, arrival: 'steady' };

let deployment: Deployment;
beforeAll(() => {
  deployment = readDeployment();
});

const each = (run: CostRun, row: CostRow, ...name: Parameters<CostRun['counts']['of']>): number =>
  run.counts.of(...name) / row.sessions;

describe('what one sign-in takes', () => {
  it('a tick of the loop is three transitions, and the end is one', async () => {
    const { counts } = await runCostRow(ALONE, withLoop(deployment, 'standard'));

    expect(counts.total('transitions')).toBe(3 * counts.total('ticks') + 1);
  });

  it('a session alone is polled in at most 11 ticks until it is approved after a minute', async () => {
    const { counts } = await runCostRow(ALONE, withLoop(deployment, 'standard'));

    expect(counts.total('ticks')).toBeLessThanOrEqual(11);
  });

  it('a session that nobody approves is polled in at most 36 ticks until its end', async () => {
    const { counts } = await runCostRow({ ...ALONE, outcome: 'never' }, withLoop(deployment, 'standard'));

    expect(counts.total('ticks')).toBeLessThanOrEqual(36);
  });

  it('a device’s poll that changes nothing is one read of the table', async () => {
    const row = { ...ALONE, approval: 'deferred', outcome: 'never', devices: 'poll' } as const;
    const { counts } = await runCostRow(row, deployment);

    expect(counts.of('device polls', 'dynamoDbCalls')).toBe(counts.of('device polls', 'apiRequests'));
    expect(counts.of('device polls', 'writeUnits')).toBe(0);
  });

  it('a poll of the loop is two write units and none of an index: a pending session stays below 1 KB', async () => {
    const row = { ...ALONE, outcome: 'never' } as const;
    const run = await runCostRow(row, deployment);

    expect(each(run, row, 'polling', 'writeUnits')).toBe(2 * run.upstreamPolls + 1);
    expect(run.counts.of('polling', 'indexWriteUnits')).toBe(2);
  });

  it('a tick reads its whole cohort in one call', async () => {
    const run = await runCostRow({ ...STORM, devices: 'poll' }, deployment);

    expect(run.counts.of('polling', 'dynamoDbCalls')).toBe(run.counts.total('ticks'));
  });

  it('a start is three writes at most, and no call to KMS but the first of its environment', async () => {
    const run = await runCostRow({ ...STORM, arrival: 'steady', sessions: 20 }, deployment);

    expect(run.counts.of('sign-in', 'kmsRequests')).toBeLessThanOrEqual(2);
    expect(run.counts.of('sign-in', 'writeUnits') / 20).toBeLessThanOrEqual(3);
  });

  it('a deferred sign-in that nobody approves starts no loop at all', async () => {
    const { counts } = await runCostRow({ ...STORM, approval: 'deferred', outcome: 'never' }, deployment);

    expect(counts.of('orchestration', 'executions')).toBe(0);
    expect(counts.of('orchestration', 'lambdaRequests')).toBe(0);
  });

  it('the naive loop is three transitions a poll', async () => {
    const counts = await runNaive({ outcome: 'approved', intervalSeconds: 5 });

    expect(counts.total('transitions')).toBe(
      3 * counts.total('upstreamCalls') + 3 * counts.of('polling', 'lambdaRequests') + 1,
    );
  });
});

describe('what a reboot of a hundred devices takes', () => {
  it('one execution a shard of the stream', async () => {
    const { counts } = await runCostRow(STORM, deployment);

    expect(counts.total('executions')).toBe(4);
  });

  it('ticks that serve the whole cohort: fewer than one for two sessions', async () => {
    const { counts } = await runCostRow(STORM, deployment);

    expect(counts.total('ticks')).toBeLessThanOrEqual(50);
  });

  it.each(['standard', 'express'] as const)(
    'gives every device its token, never polling too early (%s)',
    async (loop) => {
      const run = await runCostRow(STORM, withLoop(deployment, loop));

      expect(run.endings).toEqual({ tokens: 100 });
      expect(run.violations).toBe(0);
    },
  );
});

describe('the Identity Center of the bench', () => {
  it.each([
    { afterMs: 4_999, violations: 1 },
    { afterMs: 5_000, violations: 0 },
  ])('sees a poll $afterMs ms after the last as too early: $violations', async ({ afterMs, violations }) => {
    const clock = makeFakeClock();
    const upstream = makeBenchIdentityCenter({ clock, sleep: async () => undefined, latencyMs: 0, intervalSeconds: 5 });
    const target = { region: 'us-east-1', scopes: [] };
    const client = { clientId: 'broker', clientSecret: makeSecret(''), expiresAt: 0 };
    const started = await upstream.startDeviceAuthorization(target, client, '');
    const deviceCode = started.kind === 'started' ? started.activation.upstreamDeviceCode : '';
    clock.advanceSeconds(5);
    await upstream.createToken(target, client, { deviceCode });

    clock.advance(afterMs);
    await upstream.createToken(target, client, { deviceCode });

    expect(upstream.violations()).toBe(violations);
  });
});

describe('the goals', () => {
  it('are met by the rows of up to a hundred sessions', { timeout: 60_000 }, async () => {
    const rows = costRows(100).filter(
      ({ sessions, arrival, outcome, devices }) =>
        sessions === 1 || (arrival === 'storm' && (outcome === 'approved' || devices === 'sleep')),
    );
    const lines: CostLine[] = [];
    for (const { loop, ...row } of rows) lines.push(await measureCost(row, loop, deployment));

    expect(costGoals(lines).filter(({ isMet }) => !isMet)).toEqual([]);
  });
});

describe('a fleet under the quotas of a fresh account', () => {
  it.each(['immediate', 'deferred'] as const)('loses no device and polls none too early (%s)', async (approval) => {
    const options = { devices: 300, arrival: 'burst', seed: 7, approval, deployment } as const;
    const run = await runScale(approval === 'deferred' ? { ...options, watchedSeconds: 120 } : options);

    expect(run.waiting).toBe(300);
    expect(run.violations).toBe(0);
  });

  it('is let in no faster than a new table bears: a start is three writes', () => {
    expect(3 * deployment.throttle.startsPerSecond).toBeLessThanOrEqual(QUOTAS.writeUnits);
  });

  it('is the same in every run of a seed', async () => {
    const options = { devices: 100, arrival: 'waves', seed: 3, approval: 'immediate', deployment } as const;
    const [one, two] = [await runScale(options), await runScale(options)];

    expect(two.lastTokenSeconds).toBe(one.lastTokenSeconds);
    expect(two.load.of('apiRequests')).toEqual(one.load.of('apiRequests'));
  });
});
