import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../local/aws/stream-table.ts';
import type { Invocation } from '../../local/functions.ts';
import { startSchedules } from '../../local/schedules.ts';
import { startStreamPoller } from '../../local/stream.ts';
import { makeVirtualTime } from '../local/virtual-time.ts';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { brokerTemplate, MINIMAL_CONFIG } from '../support/synth.ts';
import { alarmsOf, type Sample, seriesOf, statesOf } from './alarm-evaluator.ts';
import { ALARMED_CONFIG, alarmNamed, TOPIC_ARN, templateOf } from './alarmed-template.ts';

const START_MS = 1_800_000_000_000;
const FAILED: Invocation = { outcome: 'failed', errorType: 'Error', errorMessage: 'no' };

// A synthesis takes a while where much else runs.
beforeAll(() => void templateOf(), 120_000);

let closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.map((close) => close()));
  closers = [];
});

function wentOff(samples: readonly Sample[], config: object = ALARMED_CONFIG): string[] {
  return alarmsOf(templateOf(config))
    .filter((alarm) => statesOf(alarm, samples).includes('ALARM'))
    .map(({ name }) => name);
}

/** The metric of this name that an alarm looks at, as the deployed parts send it; without a name, its only one. */
function seriesFor(alarm: string, including = ''): string {
  const found = alarmNamed(alarm).metrics.flatMap(({ series = '' }) => (series.includes(including) ? [series] : []));
  const [series] = found.filter((each) => each !== '');
  if (series === undefined) throw new Error(`${alarm} looks at no ${including}.`);
  return series;
}

/** A value in each of some periods of five minutes. */
const everyFiveMinutes = (series: string, ...values: readonly number[]): Sample[] =>
  values.map((value, index) => ({ series, value, atMs: START_MS + index * 300_000 }));

describe('an alarm of AWS’s own metrics goes off', () => {
  it.each([
    ['ApiErrors', '5XXError', [4], [5]],
    ['LoopFailures', 'ExecutionsFailed', [0], [1]],
    ['LoopFailures', 'ExecutionsTimedOut', [0], [1]],
    ['LoopDelay', 'IteratorAge', [59_000], [60_000]],
    ['TableThrottled', 'ReadThrottleEvents', [9, 9, 9], [10, 0, 10]],
    ['TableThrottled', 'GlobalSecondaryIndexName=byPhase', [500], [10, 10]],
    ['TableThrottled', 'GlobalSecondaryIndexName=byKind', [500], [10, 10]],
  ])('%s, at %s, not by %j and by %j', (name, metric, quiet, loud) => {
    const series = seriesFor(name, metric);

    expect(wentOff(everyFiveMinutes(series, ...quiet))).toEqual([]);
    expect(wentOff(everyFiveMinutes(series, ...loud))).toEqual([name]);
  });

  it('LoopNotStarted and EventsNotPublished, once a batch of the stream is given up, until its message is taken', async () => {
    for (const [alarm, queue] of [
      ['LoopNotStarted', 'FailedBatches'],
      ['EventsNotPublished', 'UnpublishedEvents'],
    ] as const) {
      const series = seriesFor(alarm);
      expect(series).toContain(`QueueName=Broker${queue}`);

      const messages = await givenUpBatches();
      const samples = everyFiveMinutes(series, 0, messages, messages, 0);

      expect([wentOff(samples), statesOf(alarmNamed(alarm), samples).at(-1)]).toEqual([[alarm], 'OK']);
    }
  });

  it('SchedulesFailing, when the count of those who wait fails every minute', async () => {
    const series = seriesFor('SchedulesFailing', 'CountSessions');
    const time = makeVirtualTime(START_MS);
    const samples: Sample[] = [];
    const schedule = { name: 'EveryMinute', functionArn: 'arn', everySeconds: 60 };
    const running = startSchedules({
      schedules: [schedule],
      invoke: async () => FAILED,
      now: time.now,
      sleep: time.sleep,
      onFailure: () => void samples.push({ series, value: 1, atMs: time.now() }),
    });
    closers.push(running.close);

    await time.advance(2 * 60_000);
    const after2 = wentOff(samples);
    await time.advance(5 * 60_000);

    expect([after2, wentOff(samples)]).toEqual([[], ['SchedulesFailing']]);
  });

  it('ApiErrors, also for the second API that people have beside mutual TLS', () => {
    const config = { ...EXAMPLE_CONFIGS.certificates, alarmTopicArn: TOPIC_ARN };
    const apis = alarmNamed('ApiErrors', config).metrics.flatMap(({ series = [] }) => series);

    expect(apis).toHaveLength(2);
    for (const series of apis) expect(wentOff(everyFiveMinutes(series, 5), config)).toEqual(['ApiErrors']);
  });
});

/** How many batches a mapping gives up whose function fails for ever. */
async function givenUpBatches(): Promise<number> {
  const time = makeVirtualTime(START_MS);
  let givenUp = 0;
  const mapping = {
    functionArn: 'arn',
    patterns: [],
    batchSize: 100,
    windowSeconds: 1,
    retryAttempts: 2,
    bisect: true,
    reportsItemFailures: false,
    maximumRecordAgeSeconds: 600,
  };
  const poller = startStreamPoller({
    mapping,
    invoke: async () => FAILED,
    now: time.now,
    sleep: time.sleep,
    onFailedBatch: () => {
      givenUp += 1;
    },
  });
  closers.push(poller.close);
  poller.push({ dynamodb: { ApproximateCreationDateTime: START_MS / 1000, Keys: {} } } as unknown as StreamRecord);
  await time.advance(60_000);
  return givenUp;
}

describe('the alarms', () => {
  it('are not made when there is nobody to tell', () => {
    brokerTemplate(MINIMAL_CONFIG).resourceCountIs('AWS::CloudWatch::Alarm', 0);
    brokerTemplate(MINIMAL_CONFIG).resourceCountIs('AWS::Logs::MetricFilter', 0);
  });

  it('tell the topic of their beginning and of their end, and take silence for good news', () => {
    for (const { name, actions, okActions, missing } of alarmsOf(templateOf())) {
      expect([name, actions, okActions, missing]).toEqual([name, [TOPIC_ARN], [TOPIC_ARN], 'notBreaching']);
    }
  });

  it('say what to look at first, and where to read on, in no more than CloudWatch takes', () => {
    for (const { description } of alarmsOf(templateOf())) {
      expect(description).toMatch(/ Look first at .+\. Runbook: docs\/operate\.md#[a-z-]+\.$/);
      expect(description.length).toBeLessThanOrEqual(1024);
    }
  });

  it('know a name for every metric of every part that is deployed', () => {
    const series = alarmsOf(templateOf()).flatMap(({ metrics }) => metrics.flatMap((metric) => metric.series ?? []));

    expect(series).toContain(seriesOf('AWS/ApiGateway', '5XXError', { ApiName: 'FleetTokenBroker' }));
    expect(series.filter((text) => /undefined|\$\{/.test(text))).toEqual([]);
  });

  it('wake somebody for a fleet of immediate approval only when its configuration says how long is too long', () => {
    const waiting = (fleet: object) =>
      alarmsOf(
        templateOf({ fleets: { kiosks: { ...MINIMAL_CONFIG.fleets.kiosks, ...fleet } }, alarmTopicArn: TOPIC_ARN }),
      )
        .filter(({ name }) => name === 'OldestWaitingkiosks')
        .map(({ threshold, description }) => [threshold, /for a person for (.+?),/.exec(description)?.[1]]);

    expect(waiting({})).toEqual([]);
    expect(waiting({ waitingAlarm: '5m' })).toEqual([[300, '5 minutes']]);
    expect(waiting({ approval: 'deferred' })).toEqual([[69_120, '19.2 hours']]);
    expect(waiting({ approval: 'deferred', waitingAlarm: '2h' })).toEqual([[7_200, '2 hours']]);
  });
});
