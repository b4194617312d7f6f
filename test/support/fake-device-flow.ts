import type { TokenResponse } from '../../lambda/core/deliver-tokens.ts';
import { isEnd, phaseAt, type Session } from '../../lambda/core/session.ts';
import type { SessionStore } from '../../lambda/core/session-store.ts';
import { type FakeDevice, makeFakeBroker } from './fake-broker.ts';
import { makeTimeline } from './fake-timeline.ts';
import type { ScriptedAnswer } from './fake-upstream.ts';
import type { MemorySessionStore } from './memory-session-store.ts';

/** One thing that happens to a device flow. Polls and ticks go on beside what follows them, however slow the answers. */
export type Step =
  | { readonly do: 'elapse'; readonly milliseconds: number }
  | { readonly do: 'device polls'; readonly device: number }
  | { readonly do: 'loop ticks' | 'person approves' | 'person denies' | 'operator cancels' | 'device starts again' }
  | { readonly do: 'upstream answers'; readonly answer: ScriptedAnswer }
  | { readonly do: 'writes fail'; readonly count: number }
  | { readonly do: 'a claim stalls' | 'a record stalls'; readonly milliseconds: number };

/** What was seen of a device flow: facts, no judgement. */
export interface Seen {
  /** Between two upstream polls of one session: what it was, and what interval and slow_downs asked for; in ms. */
  readonly gaps: { readonly wasMs: number; readonly leastMs: number }[];
  /** Sessions that were in an end, and changed. */
  readonly revived: { readonly before: Session; readonly after: Session }[];
  /** The distinct token sets that each session gave out. */
  readonly tokenSets: Map<string, Set<string>>;
  /** Sessions that gave out tokens after their device had been told that there will be none. */
  readonly contradicted: string[];
  /** Waits that a Wait state would not take. */
  readonly badWaits: number[];
}

/** What a device is told for good. An expiry is not: an approval may be on its way when it comes. */
const FINAL: readonly string[] = ['access_denied', 'invalid_grant'];

/** An approval that was on its way when the session expired is the one thing that may come after an end. */
function hasRevived(last: Session, after: Session, nowMs: number): boolean {
  const phase = phaseAt(after, nowMs);
  if (last.phase === 'expired' && (phase === 'authorized' || phase === 'claimed')) return false;
  return isEnd(last.phase) && (phase !== last.phase || (last.endedAtMs ?? after.endedAtMs) !== after.endedAtMs);
}

export type DeviceFlow = Awaited<ReturnType<typeof makeDeviceFlow>>;

/** Makes the flow of one device, which may start again, with answers from upstream that take these times in turn. */
export async function makeDeviceFlow(latenciesMs: readonly number[]) {
  const time = makeTimeline();
  const seen: Seen = { gaps: [], revived: [], tokenSets: new Map(), contradicted: [], badWaits: [] };
  const latencies = [...latenciesMs];
  const latencyMs = (): number => {
    const next = latencies.shift() ?? 0;
    latencies.push(next);
    return next;
  };
  let failingWrites = 0;
  const claimStalls: number[] = [];
  const recordStalls: number[] = [];
  const leastMs = new Map<string, number>();

  /** A store that is in trouble when a step says so, and notes what a claim knew of the session. */
  const troubled = (store: MemorySessionStore): SessionStore => ({
    ...store,
    async claimPoll(claim) {
      const stallMs = claimStalls.shift() ?? 0;
      await time.sleep(stallMs / 2);
      const claimed = await store.claimPoll(claim);
      const { upstreamDeviceCode = '', intervalSeconds = 0, slowDowns = 0 } = claimed.session ?? {};
      if (claimed.done) leastMs.set(upstreamDeviceCode, (intervalSeconds + 5 * slowDowns) * 1000);
      await time.sleep(stallMs / 2);
      return claimed;
    },
    async recordPoll(poll) {
      await time.sleep(recordStalls.shift() ?? 0);
      return store.recordPoll(poll);
    },
    async authorize(authorization) {
      if (failingWrites > 0) {
        failingWrites -= 1;
        throw new Error('the table is throttled');
      }
      return store.authorize(authorization);
    },
  });

  const broker = makeFakeBroker({ time, wrapSessions: troubled, upstream: { latencyMs } });
  const devices: FakeDevice[] = [];
  const lastPollMs = new Map<string, number>();
  const { createToken } = broker.upstream;
  broker.upstream.createToken = (target, client, grant) => {
    const code = 'deviceCode' in grant ? grant.deviceCode : '';
    const lastMs = lastPollMs.get(code);
    if (lastMs !== undefined) seen.gaps.push({ wasMs: time.nowMs() - lastMs, leastMs: leastMs.get(code) ?? 0 });
    lastPollMs.set(code, time.nowMs());
    return createToken(target, client, grant);
  };

  const before = new Map<string, Session>();
  /** Ends are told by the phase that holds, so that an expiry that nobody has written down yet is one too. */
  function watchEnds(): void {
    const nowMs = time.nowMs();
    for (const after of broker.memory.records.all()) {
      const last = before.get(after.sessionId);
      if (last !== undefined && hasRevived(last, after, nowMs)) seen.revived.push({ before: last, after });
      before.set(after.sessionId, { ...after, phase: phaseAt(after, nowMs) });
    }
  }

  const toldForGood = new Set<string>();
  async function devicePolls(device: FakeDevice): Promise<void> {
    const wasTold = toldForGood.has(device.sessionId);
    const answer = await broker.redeemDeviceCode(device);
    if ('refused' in answer) {
      if (FINAL.includes(answer.refused) && !seen.tokenSets.has(device.sessionId)) toldForGood.add(device.sessionId);
      return;
    }
    const { accessToken, refreshToken }: TokenResponse = answer;
    const sets = seen.tokenSets.get(device.sessionId) ?? new Set();
    seen.tokenSets.set(device.sessionId, sets.add(`${accessToken} ${refreshToken}`));
    if (wasTold) seen.contradicted.push(device.sessionId);
  }

  async function loopTicks(): Promise<void> {
    const sessionIds = devices.map((device) => device.sessionId);
    const { waitSeconds } = await broker.tick({ cohort: 'model', generation: 0, tick: 0, sessionIds, waitSeconds: 1 });
    if (!Number.isSafeInteger(waitSeconds) || waitSeconds < 1) seen.badWaits.push(waitSeconds);
  }

  async function deviceStarts(): Promise<void> {
    const started = await time.start(() => broker.startDevice(devices[0]?.clientId));
    await time.elapse(2 * Math.max(0, ...latencies));
    devices.push(await started.result);
  }

  async function act(step: Step): Promise<void> {
    const latest = devices.at(-1) as FakeDevice;
    switch (step.do) {
      case 'elapse':
        return time.elapse(step.milliseconds);
      case 'device polls':
        return void (await time.start(() => devicePolls(devices[step.device % devices.length] as FakeDevice)));
      case 'loop ticks':
        return void (await time.start(loopTicks));
      case 'person approves':
        return broker.upstream.approveAt(time.nowMs(), latest.upstreamDeviceCode);
      case 'person denies':
        return broker.upstream.denyAt(time.nowMs(), latest.upstreamDeviceCode);
      case 'operator cancels':
        return void (await broker.operate.cancel(latest.sessionId, 'by the model'));
      case 'device starts again':
        return deviceStarts();
      case 'upstream answers':
        return broker.upstream.answerNext(step.answer);
      case 'writes fail':
        failingWrites = step.count;
        return;
      case 'a claim stalls':
        return void claimStalls.push(step.milliseconds);
      case 'a record stalls':
        return void recordStalls.push(step.milliseconds);
      default:
        return step satisfies never;
    }
  }

  async function run(step: Step): Promise<void> {
    await act(step);
    watchEnds();
  }

  await deviceStarts();

  return {
    broker,
    devices,
    seen,
    run,
    /** The trouble is over; loop and devices go on until every session has come to something. */
    async conclude(): Promise<void> {
      failingWrites = 0;
      claimStalls.length = 0;
      recordStalls.length = 0;
      await time.finish();
      for (let turn = 0; turn < 25; turn += 1) {
        await run({ do: 'loop ticks' });
        for (const device of devices.keys()) await run({ do: 'device polls', device });
        await run({ do: 'elapse', milliseconds: 30_000 });
      }
      await time.finish();
    },
  };
}
