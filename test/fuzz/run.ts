import { parseArgs } from 'node:util';
import { deploy, type FuzzedDeployment, isFlat, runTarget } from './run-target.ts';
import { timeSecrets } from './secret-timing.ts';
import { TARGETS } from './targets.ts';

/**
 * `npm run test:fuzz`: bad input for every route, in every dialect. Ctrl-C prints what there is so far.
 *
 *   --requests 100000   for each route and dialect
 *   --seed 7            the same seed sends the same requests; a failing one is printed
 *   --route /token      only those with this in their name, such as `/token` or `form` or `mtls`
 */

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    route: { type: 'string', default: '' },
  },
});

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const requests = Number(values.requests);
const targets = TARGETS.filter(({ name }) => name.includes(values.route));
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(requests) || requests < 1 || targets.length === 0) {
  console.error(
    `Give --seed and --requests as whole numbers, and with --route a part of one of:\n${TARGETS.map(({ name }) => `  ${name}`).join('\n')}`,
  );
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const beganAtMs = performance.now();
const deployments = new Map<string, FuzzedDeployment>();
let sent = 0;
let failures = 0;

console.log(`seed ${seed}, ${requests} requests for each of ${targets.length} routes and dialects`);
for (const target of targets) {
  if (stop.signal.aborted) break;
  const deployment = deployments.get(target.deviceAuth) ?? (await deploy(target));
  deployments.set(target.deviceAuth, deployment);
  const began = performance.now();
  const run = await runTarget(target, deployment, { requests, seed, signal: stop.signal, weighsHeap: true });
  sent += run.requests;
  const statuses = Object.entries(run.statuses).map(([status, count]) => `${status}: ${count}`);
  const [early, late] = run.heapBytes.map((bytes) => (bytes / 1_000_000).toFixed(1));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `  ${target.name}  ${run.requests} in ${seconds} s, slowest ${run.slowestMs.toFixed(0)} ms, heap ${early} → ${late} MB; ${statuses.join(', ')}`,
  );
  const problem = run.failure?.wrong ?? (isFlat(run) || stop.signal.aborted ? undefined : 'the heap grows');
  if (problem === undefined) continue;
  failures += 1;
  console.log(`    ${problem}`);
  if (run.failure !== undefined) console.log(`    seed ${run.failure.seed}: ${JSON.stringify(run.failure.request)}`);
}

const secretly = deployments.get('client_secret');
if (secretly !== undefined && !stop.signal.aborted) {
  console.log('a wrong client secret is refused after');
  for (const line of await timeSecrets(secretly)) console.log(`  ${line}`);
}
console.log(
  `${sent} requests in ${((performance.now() - beganAtMs) / 1000).toFixed(0)} s; ${failures} of ${targets.length} went wrong`,
);
if (failures > 0) console.log(`Run it again: npm run test:fuzz -- --seed ${seed} --requests ${requests} --route …`);
process.exit(failures > 0 ? 1 : 0);
