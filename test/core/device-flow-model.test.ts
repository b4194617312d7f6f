import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeDeviceFlow, type Step } from '../support/fake-device-flow.ts';

/** Set MODEL_SEED to repeat a run; a failure tells its seed and the steps that lead to it. */
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
const RUNS = 120;

const plain = (
  name: Exclude<Step['do'], 'elapse' | 'device polls' | 'upstream answers' | 'writes fail' | 'writes stall'>,
) => fc.constant<Step>({ do: name });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('elapse' as const), milliseconds: fc.nat({ max: 9_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('elapse' as const), milliseconds: fc.nat({ max: 300_000 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('device polls' as const), device: fc.nat({ max: 3 }) }) },
  { weight: 5, arbitrary: plain('loop ticks') },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('upstream answers' as const),
      answer: fc.constantFrom(
        'slow_down',
        'slow_down',
        'throttled',
        'server_error',
        'timeout',
        'invalid_grant',
        'lost_answer',
      ),
    }),
  },
  { weight: 2, arbitrary: plain('person approves') },
  { weight: 1, arbitrary: plain('person denies') },
  { weight: 1, arbitrary: plain('operator cancels') },
  { weight: 1, arbitrary: plain('device starts again') },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('writes fail' as const), count: fc.integer({ min: 1, max: 7 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('writes stall' as const), milliseconds: fc.nat({ max: 25_000 }) }),
  },
);

const flow = fc.record({
  latenciesMs: fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 6 }),
  steps: fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
});

describe(`any interleaving of polls, ticks, time, outcomes, cancels and trouble (seed ${SEED})`, () => {
  /** Runs flows, and asks of each what must hold. */
  const always = (holds: (flow: Awaited<ReturnType<typeof makeDeviceFlow>>) => void): Promise<void> =>
    fc.assert(
      fc.asyncProperty(flow, async ({ latenciesMs, steps }) => {
        const run = await makeDeviceFlow(latenciesMs);
        for (const next of steps) await run.run(next);
        await run.conclude();
        holds(run);
      }),
      { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 20_000 },
    );

  it('keeps every invariant of a session', () =>
    always(({ broker, seen }) => {
      const tooClose = seen.gaps.filter((gap) => gap.wasMs < gap.leastMs);
      expect(tooClose, 'two upstream polls of a session closer than interval + 5 × slow_downs').toEqual([]);
      expect(seen.revived, 'an end was left, or changed').toEqual([]);
      const several = [...seen.tokenSets.values()].filter((sets) => sets.size > 1);
      expect(several, 'one device code gave two token sets').toEqual([]);
      expect(seen.contradicted, 'tokens after a final refusal').toEqual([]);
      expect(seen.badWaits, 'a wait that a Wait state does not take').toEqual([]);

      const deliveries = broker.eventsOf('tokens_delivered').map((event) => ('delivery' in event ? event.delivery : 0));
      expect(Math.max(0, ...deliveries), 'deliveries of one code').toBeLessThanOrEqual(5);
      const open = broker.memory.records.all().filter((session) => session.phase === 'pending');
      expect(open, 'pending when everything is over').toEqual([]);
    }));

  it('loses no approval that upstream told the broker: it is delivered, or told as lost', () =>
    always(({ broker, devices, seen }) => {
      const told = broker
        .eventsOf('upstream_polled')
        .filter((event) => 'outcome' in event && event.outcome === 'tokens');
      const lost = broker.eventsOf('approval_lost').map((event) => 'sessionId' in event && event.sessionId);
      for (const event of told) {
        const sessionId = 'sessionId' in event ? event.sessionId : '';
        const stopped = broker.memory.records
          .all()
          .some((session) => session.sessionId === sessionId && session.phase === 'cancelled');
        expect(devices.map((device) => device.sessionId)).toContain(sessionId);
        expect([seen.tokenSets.has(sessionId), lost.includes(sessionId), stopped], sessionId).toContain(true);
      }
    }));
});
