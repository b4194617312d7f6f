import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeviceFlow, makeDeviceFlow, type Step } from '../support/fake-device-flow.ts';
import type { ScriptedAnswer } from '../support/fake-upstream.ts';

/** Set MODEL_SEED to repeat a run; a failure tells its seed and the steps that lead to it. */
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);
const RUNS = 100;

const plain = (name: 'loop ticks' | 'person approves' | 'person denies' | 'operator cancels' | 'device starts again') =>
  fc.constant<Step>({ do: name });

const elapse = (min: number, max: number) =>
  fc.record({ do: fc.constant('elapse' as const), milliseconds: fc.integer({ min, max }) });

const devicePolls = fc.record({ do: fc.constant('device polls' as const), device: fc.nat({ max: 3 }) });
const somebodyPolls = fc.oneof(devicePolls, plain('loop ticks'));

/** Time until a session is due, and a poll: what most of a flow is made of. */
const duePoll: fc.Arbitrary<Step[]> = fc.tuple(elapse(4_900, 12_000), somebodyPolls);

const upstreamAnswers = (...answers: readonly ScriptedAnswer[]) =>
  fc.record({ do: fc.constant('upstream answers' as const), answer: fc.constantFrom(...answers) });

const stall = fc.record({
  do: fc.constantFrom('a claim stalls' as const, 'a record stalls' as const),
  milliseconds: fc.constantFrom(1_000, 3_000, 9_000, 15_000, 25_000),
});

/** Time, polls, and trouble that upstream and the table make. */
const undecided: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 3, arbitrary: duePoll },
  ...[
    { weight: 1, arbitrary: elapse(0, 4_000) },
    { weight: 1, arbitrary: somebodyPolls },
    { weight: 2, arbitrary: upstreamAnswers('slow_down', 'slow_down', 'slow_down', 'throttled', 'timeout') },
    { weight: 1, arbitrary: stall },
  ].map(({ weight, arbitrary }) => ({ weight, arbitrary: fc.tuple<Step[]>(arbitrary) })),
);

/** All of that, and what people, operators, devices and bad luck do to it. */
const anything: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 8, arbitrary: undecided },
  ...[
    elapse(0, 300_000),
    upstreamAnswers('server_error', 'invalid_grant', 'lost_answer'),
    plain('person approves'),
    plain('person approves'),
    plain('person denies'),
    plain('operator cancels'),
    plain('device starts again'),
    fc.record({ do: fc.constant('writes fail' as const), count: fc.integer({ min: 1, max: 7 }) }),
  ].map((arbitrary) => ({ weight: 1, arbitrary: fc.tuple<Step[]>(arbitrary) })),
);

describe(`any interleaving of polls, ticks, time, outcomes, cancels and trouble (seed ${SEED})`, () => {
  /** Runs flows of such steps, and asks of each what must hold. */
  function always(steps: fc.Arbitrary<Step[]>, holds: (flow: DeviceFlow) => void): Promise<void> {
    const flow = fc.record({
      latenciesMs: fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 6 }),
      steps: fc.array(steps, { minLength: 5, maxLength: 50, size: 'max' }),
    });
    const property = fc.asyncProperty(flow, async ({ latenciesMs, steps }) => {
      const run = await makeDeviceFlow(latenciesMs);
      for (const step of steps.flat()) await run.run(step);
      await run.conclude();
      holds(run);
    });
    return fc.assert(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 20_000 });
  }

  it.each([
    { what: 'while nobody decides', steps: undecided },
    { what: 'whatever happens', steps: anything },
  ])('never polls a session closer than interval + 5 × slow_downs, $what', ({ steps }) =>
    always(steps, ({ seen }) => {
      expect(seen.gaps.filter((gap) => gap.wasMs < gap.leastMs)).toEqual([]);
      expect(seen.badWaits).toEqual([]);
    }),
  );

  it('never leaves an end, and comes to one', () =>
    always(anything, ({ broker, seen }) => {
      expect(seen.revived).toEqual([]);
      expect(broker.memory.records.all().filter((session) => session.phase === 'pending')).toEqual([]);
    }));

  it('gives at most one token set for a code, all deliveries equal, and none after a final refusal', () =>
    always(anything, ({ broker, seen }) => {
      expect([...seen.tokenSets.values()].filter((sets) => sets.size > 1)).toEqual([]);
      expect(seen.contradicted).toEqual([]);
      const deliveries = broker.events.map((event) => (event.event === 'tokens_delivered' ? event.delivery : 0));
      expect(Math.max(0, ...deliveries)).toBeLessThanOrEqual(5);
    }));

  it('loses no approval that upstream told the broker: it is delivered, or told as lost, or cancelled in time', () =>
    always(anything, ({ broker, seen }) => {
      const told = broker.events.filter((event) => event.event === 'upstream_polled' && event.outcome === 'tokens');
      const lost = broker.events.filter((event) => event.event === 'approval_lost');
      const cancelled = broker.memory.records.all().filter((session) => session.phase === 'cancelled');

      const accountedFor = new Set([
        ...seen.tokenSets.keys(),
        ...[...lost, ...cancelled].map((event) => event.sessionId),
      ]);

      expect(told.filter((event) => !('sessionId' in event && accountedFor.has(event.sessionId)))).toEqual([]);
    }));
});
