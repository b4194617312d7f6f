import { makeSecret } from '../../lambda/core/secret.ts';
import { APPROVED_AFTER_SECONDS, type CostRow, UPSTREAM_LATENCY_MS } from './cost-run.ts';
import { type Counts, makeCounts } from './counts.ts';
import { makeFunctions } from './functions.ts';
import { makeBenchIdentityCenter } from './identity-center.ts';
import { type MachineDefinition, makeStateMachine } from './state-machine.ts';
import { makeVirtualTime } from './virtual-time.ts';

/** The loop that comes to mind first: one Standard execution a session, Wait → Lambda → Choice at the interval. */
const NAIVE: MachineDefinition = {
  StartAt: 'Wait',
  States: {
    Wait: { Type: 'Wait', SecondsPath: '$.intervalSeconds', Next: 'Poll' },
    Poll: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { 'Payload.$': '$' },
      OutputPath: '$.Payload',
      Next: 'Decide',
    },
    Decide: {
      Type: 'Choice',
      Choices: [{ Variable: '$.status', StringEquals: 'pending', Next: 'Wait' }],
      Default: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

/** The smallest function there is; it does nothing but ask. */
const MEMORY_MB = 128;

/**
 * Runs the naive loop for one session and counts it as the broker is counted. Its sessions know nothing of each other, so
 * that any number of them costs as much each. Deferred approval is unknown to it: codes are made at once.
 */
export async function runNaive({
  outcome,
  intervalSeconds,
}: Pick<CostRow, 'outcome' | 'intervalSeconds'>): Promise<Counts> {
  const time = makeVirtualTime();
  const counts = makeCounts();
  const functions = makeFunctions(counts, time);
  const upstream = makeBenchIdentityCenter({
    clock: time,
    sleep: time.sleep,
    latencyMs: UPSTREAM_LATENCY_MS,
    intervalSeconds,
  });
  const target = { region: 'us-east-1', scopes: ['sso:account:access'] };
  const client = { clientId: 'naive', clientSecret: makeSecret(''), expiresAt: 0 };
  const machine = makeStateMachine({
    type: 'STANDARD',
    logLevel: 'ALL',
    definition: NAIVE,
    counts,
    clock: time,
    sleep: time.sleep,
    invoke: (input) =>
      functions.invoke('polling', MEMORY_MB, async () => {
        const { deviceCode } = input as { deviceCode: string };
        const { kind } = await upstream.createToken(target, client, { deviceCode });
        functions.log('polling', 'polled', { kind });
        return { ...(input as object), status: kind };
      }),
  });
  time.at(time.nowMs(), async () => {
    const started = await upstream.startDeviceAuthorization(target, client, '');
    if (started.kind !== 'started') throw new Error('nothing was started');
    const deviceCode = started.activation.upstreamDeviceCode;
    if (outcome === 'approved') upstream.approve(deviceCode, time.nowMs() + APPROVED_AFTER_SECONDS * 1000);
    machine.start('naive', { deviceCode, intervalSeconds });
  });
  await time.run();
  return counts;
}
