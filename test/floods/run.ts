import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startFloodedBroker } from './flooded-broker.ts';
import { hammer } from './hostile-client.ts';
import { rebootStorm } from './reboot-storm.ts';
import { measureCeiling, memoryGrowth, soak } from './soak.ts';

/**
 * `npm run test:floods`: floods for an `npm start` of its own. Ctrl-C ends the soak and prints what there is.
 *
 *   --devices 2000   devices of the reboot storm
 *   --minutes 30     of the soak, at 80 % of the ceiling that is measured before
 *   --only storm     one of storm, hostile, soak
 */

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '2000' },
    minutes: { type: 'string', default: '30' },
    only: { type: 'string' },
  },
});

const [devices, minutes] = [Number(values.devices), Number(values.minutes)];
if (!Number.isSafeInteger(devices) || devices < 1 || !(minutes > 0)) {
  console.error('Give --devices as a whole number and --minutes as a number.');
  process.exit(2);
}

/** How much later the slowest hundredth may be answered beside a hostile client. */
const MOST_SLOWDOWN = 2;
/** What memory may grow in a soak, as a share. */
const MOST_GROWTH = 0.15;

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const wrong: string[] = [];
const wanted = (part: string): boolean => values.only === undefined || values.only === part;

console.log(
  `${new Date().toISOString()}  ${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`,
);
const flooded = await startFloodedBroker();
try {
  if (wanted('storm')) await runStorm();
  if (wanted('hostile')) await runHostile();
  if (wanted('soak') && !stop.signal.aborted) await runSoak();
} finally {
  await flooded.stop();
}
console.log(wrong.length === 0 ? 'Nothing went wrong.' : `Wrong: ${wrong.join('; ')}`);
process.exit(wrong.length === 0 ? 0 : 1);

async function runStorm(): Promise<void> {
  const storm = await rebootStorm(flooded, devices);
  console.log(
    `reboot storm of ${devices}: all have a code after ${(storm.allStartedMs / 1_000).toFixed(1)} s, a token after ${(storm.allSignedInMs / 1_000).toFixed(1)} s; ${storm.lost} lost, ${storm.shared} tokens twice`,
  );
  console.log(`  starts: ${storm.starts.text()}`);
  console.log(`  polls: ${storm.polls.text()}`);
  if (storm.lost + storm.shared > 0) wrong.push('the storm lost sessions');
}

async function runHostile(): Promise<void> {
  const strange = { clientId: 'x'.repeat(22), clientSecret: 'x'.repeat(43) };
  const attacks = [
    { route: '/token', members: { ...strange, grantType: 'refresh_token', refreshToken: 'x' } },
    { route: '/device_authorization', members: { ...strange, startUrl: flooded.broker.startUrl } },
    { route: '/client/register', members: { clientName: 'x', clientType: 'public' } },
  ];
  for (const attack of attacks) {
    const { route, alone, beside, hostilePerSecond } = await hammer(flooded, { ...attack, seconds: 20 });
    const slowdown = beside.at(0.99) / alone.at(0.99);
    console.log(
      `hostile client at ${route}, ${hostilePerSecond.toFixed(0)} answers a second: p99 of another ${slowdown.toFixed(2)} times`,
    );
    console.log(`  alone: ${alone.text()}`);
    console.log(`  beside it: ${beside.text()}`);
    if (slowdown > MOST_SLOWDOWN) wrong.push(`a hostile client at ${route} slows another one down`);
  }
}

async function runSoak(): Promise<void> {
  const ceiling = await measureCeiling(flooded, 20);
  const sessionsPerSecond = 0.8 * ceiling;
  console.log(
    `ceiling: ${ceiling.toFixed(1)} sessions a second; soak at ${sessionsPerSecond.toFixed(1)} for ${minutes} min`,
  );
  const onProgress = (line: string): void => console.log(`  ${line}`);
  const run = await soak(flooded, { sessionsPerSecond, minutes, signal: stop.signal, onProgress });
  const { early, late } = memoryGrowth(run);
  console.log(
    `soak: ${run.sessions} sessions in ${run.minutes.toFixed(1)} min, ${run.lost} lost, ${run.shared} tokens twice; memory ${early.toFixed(0)} → ${late.toFixed(0)} MB`,
  );
  console.log(`  ${run.answers.text()}`);
  if (run.lost + run.shared > 0) wrong.push('the soak lost sessions');
  if (late > early * (1 + MOST_GROWTH)) wrong.push('memory grows');
}
