import { afterEach, describe, expect, it } from 'vitest';
import type { Invocation } from '../../local/functions.ts';
import type { Template } from '../../local/intrinsics.ts';
import { type RunningSchedules, rateSeconds, type Schedule, startSchedules } from '../../local/schedules.ts';
import { readTemplate } from '../../local/template.ts';
import { brokerTemplate } from '../support/synth.ts';
import { makeVirtualTime } from './virtual-time.ts';

const START_MS = 1_800_000_000_000;
const MINUTELY: Schedule = { name: 'EveryMinute', functionArn: 'count', everySeconds: 60 };
const DAILY: Schedule = { name: 'Daily', functionArn: 'announce', everySeconds: 86_400 };

let running: RunningSchedules | undefined;
afterEach(async () => {
  await running?.close();
});

/** Schedules under virtual time, with what they called and what failed. */
function start(
  schedules: readonly Schedule[],
  answer: () => Invocation = () => ({ outcome: 'answered', answer: null }),
) {
  const time = makeVirtualTime(START_MS);
  const calls: { arn: string; atSeconds: number; event: unknown }[] = [];
  const failures: string[] = [];
  running = startSchedules({
    schedules,
    invoke: async (arn, event) => {
      calls.push({ arn, atSeconds: (time.now() - START_MS) / 1000, event });
      return answer();
    },
    now: time.now,
    sleep: time.sleep,
    onFailure: ({ name }, outcome) => failures.push(`${name} ${outcome}`),
  });
  return { time, calls, failures, stop: running.close };
}

describe('a rule with a rate', () => {
  it('calls its function every time that the rate has passed, and not at the start', async () => {
    const { time, calls } = start([MINUTELY]);

    await time.advance(59_000);
    const early = calls.length;
    await time.advance(121_000);

    expect([early, calls.map(({ atSeconds }) => atSeconds)]).toEqual([0, [60, 120, 180]]);
  });

  it('tells its function what EventBridge would', async () => {
    const { time, calls } = start([MINUTELY]);

    await time.advance(60_000);

    expect(calls[0]?.event).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      time: '2027-01-15T08:01:00Z',
      resources: [expect.stringMatching(/:rule\/EveryMinute$/)],
    });
  });

  it('goes on after a call that failed, which is told', async () => {
    const { time, calls, failures } = start([MINUTELY], () => ({ outcome: 'timed_out' }));

    await time.advance(120_000);

    expect([calls.length, failures]).toEqual([2, ['EveryMinute timed_out', 'EveryMinute timed_out']]);
  });

  it('runs beside others', async () => {
    const { time, calls } = start([MINUTELY, DAILY]);

    await time.advance(86_400_000);

    expect(calls.filter(({ arn }) => arn === 'announce')).toHaveLength(1);
    expect(calls.filter(({ arn }) => arn === 'count')).toHaveLength(1_440);
  });

  it('calls nobody once it is stopped', async () => {
    const { time, calls, stop } = start([MINUTELY]);

    await stop();
    await time.advance(600_000);

    expect(calls).toEqual([]);
  });
});

describe('a schedule expression', () => {
  it.each([
    ['rate(1 minute)', 60],
    ['rate(5 minutes)', 300],
    ['rate(2 hours)', 7_200],
    ['rate(1 day)', 86_400],
  ])('%s is %i seconds', (expression, seconds) => {
    expect(rateSeconds(expression)).toBe(seconds);
  });

  it.each(['cron(0 8 * * ? *)', 'rate(0 minutes)', 'rate(1 fortnight)'])('%s is none that runs here', (expression) => {
    expect(() => rateSeconds(expression)).toThrow(`rates only, and a rule has ${expression}`);
  });
});

it('the template that is deployed counts who waits every minute, and announces endings once a day', () => {
  const { schedules, functions } = readTemplate(brokerTemplate().toJSON() as Template, () => '/nowhere');

  const labels = schedules.map(({ functionArn, everySeconds }) => [
    functions.find(({ arn }) => arn === functionArn)?.label,
    everySeconds,
  ]);
  expect(Object.fromEntries(labels)).toEqual({ 'broker-count-sessions': 60, 'broker-announce-endings': 86_400 });
});
