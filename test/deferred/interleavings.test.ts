import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../lambda/core/oauth-error.ts';
import { isEnd, type Session } from '../../lambda/core/session.ts';
import { makeTimeline } from '../support/fake-timeline.ts';
import type { MemorySessionStore } from '../support/memory-session-store.ts';
import { makeWholeBroker } from '../support/whole-broker.ts';

/** What may happen to one waiting device; everything but the passing of time overlaps with what is under way. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: fc.constant('pass'), ms: fc.integer({ min: 1, max: 90_000 }) }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constantFrom('poll', 'tick', 'continue'), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('approve', 'slow down', 'trouble'), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('deny', 'not mine', 'cancel'), ms: fc.constant(0) }) },
);

interface Step {
  readonly act: string;
  readonly ms: number;
}

/** Runs the steps, and gives what was seen. */
async function play(steps: readonly Step[]) {
  const time = makeTimeline();
  const activated: string[] = [];
  const wrapSessions = (store: MemorySessionStore) => ({
    ...store,
    activate: async (start: Parameters<typeof store.activate>[0]) => {
      const transition = await store.activate(start);
      if (transition.done) activated.push(start.activation.verificationUriComplete);
      return transition;
    },
  });
  const broker = makeWholeBroker({ time, wrapSessions, upstream: { latencyMs: () => 700 } });
  const device = await broker.start('kiosks');
  const { sessionId, userCode } = device;
  const seen: Session[] = [];
  const links: string[] = [];
  const delivered: object[] = [];

  const works: Record<string, () => Promise<void>> = {
    poll: async () => {
      const answer = await broker.redeemDeviceCode(device);
      if (!isRefusal(answer)) delivered.push(answer);
    },
    tick: async () =>
      void (await broker.tick({ cohort: 'c', generation: 0, tick: 0, sessionIds: [sessionId], waitSeconds: 1 })),
    continue: async () => {
      const answer = await broker.activation.continueToAws(userCode, '198.51.100.7');
      if (answer.kind === 'continue') links.push(answer.verificationUriComplete);
    },
    'not mine': async () => void (await broker.activation.notMine(userCode, '198.51.100.7')),
    cancel: async () => void (await broker.operate.cancel(sessionId, 'not today')),
  };
  const decisions: Record<string, (code: string) => void> = {
    approve: (code) => broker.upstream.approveAt(time.nowMs(), code),
    deny: (code) => broker.upstream.denyAt(time.nowMs(), code),
    'slow down': () => broker.upstream.answerNext('slow_down'),
    trouble: () => broker.upstream.answerNext('server_error'),
  };

  for (const { act, ms } of steps) {
    if (act === 'pass') await time.elapse(ms);
    const work = works[act];
    if (work !== undefined) await time.start(work);
    const { upstreamDeviceCode } = await broker.stored(sessionId);
    if (upstreamDeviceCode !== undefined) decisions[act]?.(upstreamDeviceCode);
    seen.push(await broker.stored(sessionId));
  }
  await time.finish();
  seen.push(await broker.stored(sessionId));
  return { broker, seen, links, delivered, activated };
}

type Played = Awaited<ReturnType<typeof play>>;

/** The shortest time between two polls of one AWS code, in milliseconds. */
function closestPolls({ broker }: Played): number {
  const codes = new Set(broker.upstream.calls.flatMap((call) => call.deviceCode ?? []));
  const gaps = [...codes].flatMap((code) => {
    const times = broker.upstream.pollTimes(code);
    return times.slice(1).map((atMs, index) => atMs - (times[index] as number));
  });
  return Math.min(Number.POSITIVE_INFINITY, ...gaps);
}

const property = (check: (played: Played) => void) =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      check(await play(steps));
    }),
    { numRuns: 60 },
  );

describe('whatever people, operators, the device, the loop and AWS do to a deferred session at once', () => {
  it('no AWS code is polled before its interval is over', () =>
    property((played) => expect(closestPolls(played)).toBeGreaterThanOrEqual(5_000)));

  it('an end is never left, and changes no more', () =>
    property(({ seen }) => {
      const end = seen.findIndex(({ phase }) => isEnd(phase));
      const after = end < 0 ? [] : seen.slice(end);
      expect(after.every((session) => JSON.stringify(session) === JSON.stringify(after[0]))).toBe(true);
    }));

  it('every link that a person was given is of an activation that counted, and the count is theirs', () =>
    property(({ seen, links, activated }) => {
      expect(activated).toEqual(expect.arrayContaining(links));
      expect(new Set(activated).size).toBe(activated.length);
      expect(seen.at(-1)?.activations).toBe(activated.length);
    }));

  it('one token set is delivered, as it was the first time', () =>
    property(({ delivered }) => {
      const sets = delivered.map((answer) => JSON.stringify({ ...answer, expiresIn: 0 }));
      expect(new Set(sets).size).toBeLessThanOrEqual(1);
    }));

  it('an approval is lost only to somebody who ended the session', () =>
    property(({ broker, seen }) => {
      const lost = broker.eventsOf('approval_lost').length > 0;
      expect(lost && !['denied', 'cancelled'].includes(seen.at(-1)?.phase ?? '')).toBe(false);
    }));
});
