import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';
import { reportOf } from './report.ts';
import { runFlows } from './run-flows.ts';

/**
 * `npm run test:faults`: thousands of device flows with faults, on a virtual clock. Ctrl-C prints what there is so far.
 *
 *   --seed 7            the same seed is the same run; a failing one is printed
 *   --sessions 10000    devices that start
 *   --faults a,b        these kinds alone; `all` has wrong clocks too, `none` has none
 *   --waste             lists each approval that was wasted
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    sessions: { type: 'string', default: '10000' },
    faults: { type: 'string' },
    waste: { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const devices = Number(values.sessions);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(devices) || devices < 1) {
  console.error('Give --seed and --sessions as whole numbers.');
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const beganAtMs = performance.now();
const seconds = (): number => (performance.now() - beganAtMs) / 1000;

console.log(`seed ${seed}, ${devices} devices`);
const faults = faultsFrom(values.faults);
const run = await runFlows({
  seed,
  devices,
  ...(faults && { faults }),
  signal: stop.signal,
  onProgress: (nowMs, { sessions, violations }) =>
    console.log(
      `  ${new Date(nowMs).toISOString()}  ${sessions.size} sessions, ${violations.length} violations, ${seconds().toFixed(0)} s`,
    ),
});
console.log(reportOf(run, seconds()));
if (values.waste)
  for (const { sessionId, why, leftSeconds } of run.ledger.wasted)
    console.log(`  ${sessionId}  ${leftSeconds} s left  ${why}`);
const failed = run.ledger.violations.length > 0;
if (failed) console.log(`Run it again: npm run test:faults -- --seed ${seed} --sessions ${devices}`);
process.exit(failed ? 1 : 0);

function faultsFrom(list: string | undefined): readonly FaultKind[] | undefined {
  if (list === undefined) return undefined;
  if (list === 'all') return FAULT_KINDS;
  const names = list === 'none' ? [] : list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(FAULT_KINDS as readonly string[]).includes(name));
  if (unknown.length === 0) return names as FaultKind[];
  console.error(`No such fault: ${unknown.join(', ')}. There are: ${FAULT_KINDS.join(', ')}.`);
  process.exit(2);
}
