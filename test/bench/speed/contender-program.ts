/**
 * Runs a bundled function as Lambda's runtime does, in a process of its own, and measures what a call costs. It is bundled
 * itself before it runs, so that reading TypeScript is no part of a cold start.
 */
import { createRequire } from 'node:module';
import type { ContenderReport, ContenderTask } from './contender.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

const [, , bundle = ''] = process.argv;
const atMain = { ms: performance.now(), cpu: process.cpuUsage() };
const { handler } = createRequire(bundle)(bundle) as { handler: Handler };

let aheadMs = 0;
const machineNow = Date.now;
Date.now = () => machineNow() + aheadMs;

process.on('message', async (task: ContenderTask) => {
  try {
    process.send?.(await run(task));
  } catch (error) {
    process.send?.({ fault: String(error) } satisfies ContenderReport);
  }
});

/** What Lambda hands to every call, as far as anything reads it. */
function contextOf(place: number): object {
  return {
    awsRequestId: `request-${place}`,
    functionName: 'bench',
    getRemainingTimeInMillis: () => 10_000,
    memoryLimitInMB: '512',
  };
}

async function run({ events, times, turnMs }: ContenderTask): Promise<ContenderReport> {
  let answer: unknown;
  const turns = Array.from({ length: times }, () => events.map((event) => JSON.parse(event) as unknown));
  const cpuBefore = process.threadCpuUsage();
  const before = performance.now();
  for (const turn of turns) {
    for (const [place, event] of turn.entries()) answer = await handler(event, contextOf(place));
    aheadMs += turnMs;
  }
  const now = performance.now();
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const total = process.cpuUsage();
  const calls = times * events.length;
  return {
    answer,
    wallMicros: ((now - before) * 1000) / calls,
    cpuMicros: (user + system) / calls,
    sinceStart: { wallMs: now, cpuMs: (total.user + total.system) / 1000 },
    nodeStart: { wallMs: atMain.ms, cpuMs: (atMain.cpu.user + atMain.cpu.system) / 1000 },
  };
}
