/**
 * A fleet reboots under the quotas of a fresh account:
 * `npm run bench:scale [-- --devices N --arrival burst|uniform|poisson|waves --seed N --approval immediate|deferred|both]`,
 * `--retry-after` and `--retry-after-busy` try other answers than the broker's to a device that may not start yet;
 * `--unpaced` leaves out the pace of lambda/core/paced-upstream.ts; with `--json` for machines and `--pictures DIR` for the pictures of docs/scale.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ARRIVALS } from './arrivals.ts';
import { readDeployment, withLoop } from './deployment.ts';
import { drawScale, reportScale } from './scale-report.ts';
import { runScale } from './scale-run.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '100000' },
    arrival: { type: 'string', default: 'uniform' },
    seed: { type: 'string', default: '1' },
    approval: { type: 'string', default: 'both' },
    loop: { type: 'string', default: 'standard' },
    'retry-after': { type: 'string' },
    'retry-after-busy': { type: 'string' },
    unpaced: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const arrival = ARRIVALS.find((pattern) => pattern === values.arrival);
if (arrival === undefined) throw new Error(`--arrival is one of ${ARRIVALS.join(', ')}`);
const deployment = withLoop(readDeployment(), values.loop === 'express' ? 'express' : 'standard');
const { 'retry-after': throttled, 'retry-after-busy': busy } = values;
const retryAfter = {
  ...(throttled === undefined ? {} : { throttledSeconds: Number(throttled) }),
  ...(busy === undefined ? {} : { busySeconds: Number(busy) }),
};
const common = {
  devices: Number(values.devices),
  arrival,
  seed: Number(values.seed),
  deployment,
  retryAfter,
  isPaced: !values.unpaced,
};

/** Deferred approval has no end of its own: it is watched until long after the reboot. */
const WATCHED_SECONDS = 240;

const reports: ReturnType<typeof reportScale>[] = [];
for (const approval of ['immediate', 'deferred'] as const) {
  if (values.approval !== 'both' && values.approval !== approval) continue;
  const watched = approval === 'deferred' ? { watchedSeconds: WATCHED_SECONDS } : {};
  const run = await runScale({ ...common, ...watched, approval });
  const report = reportScale(run, { ...common, approval });
  reports.push(report);
  if (values.pictures !== undefined)
    writeFileSync(join(values.pictures, `scale-${approval}.svg`), drawScale(run, report));
}

if (values.json) process.stdout.write(`${JSON.stringify(reports, undefined, 2)}\n`);
else for (const report of reports) print(report);

function print(report: ReturnType<typeof reportScale>): void {
  const { devices, approval, lost, violations, drainSeconds, boundSeconds, boundBy, ratio, quotas } = report;
  console.log(`\n${devices.toLocaleString('en-US')} devices, ${approval} approval, arrival ${arrival}`);
  console.log(`  lost ${lost}, polls sooner than the interval ${violations}`);
  console.log(
    `  drained in ${drainSeconds.toFixed(0)} s; bound ${boundSeconds.toFixed(0)} s (${boundBy}): ${ratio.toFixed(2)} times`,
  );
  for (const { name, limit, peak, refused, longestSeconds } of quotas) {
    console.log(
      `  ${name.padEnd(26)} limit ${String(limit).padStart(6)}  peak ${String(peak).padStart(6)}  beyond it ${String(refused).padStart(8)}, longest ${longestSeconds} s in a row`,
    );
  }
}
