import { beforeAll, describe, expect, it, vi } from 'vitest';
import { logFault, logger } from '../../lambda/adapters/observer.ts';
import type { MemorySessionStore } from '../support/memory-session-store.ts';
import { alarmsOf, type Sample, seriesOf, statesOf } from './alarm-evaluator.ts';
import { ALARMED_CONFIG, alarmNamed, templateOf } from './alarmed-template.ts';
import { observedRun } from './observed-run.ts';

const down = (): Promise<never> => Promise.reject(new Error('the table is throttled'));

// A synthesis takes a while where much else runs.
beforeAll(() => void templateOf(), 120_000);

/** The alarms that go off on these samples, whenever they do. */
function wentOff(samples: readonly Sample[], config: object = ALARMED_CONFIG): string[] {
  return alarmsOf(templateOf(config))
    .filter((alarm) => statesOf(alarm, samples).includes('ALARM'))
    .map(({ name }) => name);
}

/** Whether an alarm is over once its cause has been gone for as long as it looks back. */
const endsAt = (name: string, samples: readonly Sample[]) => statesOf(alarmNamed(name), samples).at(-1);

describe('in a healthy deployment of a few devices', () => {
  it('no alarm goes off in hours: people approve after minutes, deny, forget; devices refresh, restart, try again', async () => {
    const { broker, client, minutes, samples, tick, time } = observedRun();
    const fleets = ['kiosks', 'gateways', 'signs', 'sensors'];
    const signedIn: Awaited<ReturnType<typeof broker.signIn>>[] = [];

    await minutes(3 * 60, async (minute) => {
      const fleet = fleets[minute % 4] as string;
      if (minute % 60 === 0) signedIn.push(await broker.signIn(fleet, await client(fleet)));
      if (minute % 60 === 7) await broker.start(fleet, await client(fleet));
      if (minute % 60 === 13) {
        const { sessionId } = await broker.start('signs', await client('signs'));
        broker.upstream.answerNext(minute % 120 === 13 ? 'throttled' : 'slow_down');
        time.advanceSeconds(8);
        await tick(sessionId);
      }
      if (minute % 60 === 29) for (const device of signedIn) await refreshed(device);
    });

    async function refreshed(device: (typeof signedIn)[number]): Promise<void> {
      const caller = { sourceIp: '192.0.2.7', baseUrl: 'https://broker.example' };
      await broker.refreshTokens({ ...device, ...caller, refreshToken: device.handle });
      await broker.roleCredentials(device.handle, caller);
    }
    const named = new Set(samples.map(({ series }) => series.split(' ')[1]));
    expect([...named]).toEqual(
      expect.arrayContaining(['SessionsStarted', 'SessionsApproved', 'UpstreamFailures', 'PollLag', 'OldestWaiting']),
    );
    expect(wentOff(samples)).toEqual([]);
  }, 120_000);
});

describe('an alarm of the broker’s own metrics goes off', () => {
  it('when Identity Center does not answer, and ends when it does again', async () => {
    const { broker, client, minutes, samples } = observedRun();
    const devicesStart = async () => {
      for (let n = 0; n < 3; n += 1) await broker.start('signs', await client('signs')).catch(() => undefined);
    };

    broker.upstream.failSettingUp({ kind: 'unavailable', cause: 'server_error' });
    await minutes(15, devicesStart);
    broker.upstream.failSettingUp(undefined);
    await minutes(15, devicesStart);

    expect(wentOff(samples)).toEqual(['UpstreamFailing']);
    expect(endsAt('UpstreamFailing', samples)).toBe('OK');
  });

  it('when the registration has less than half a day left, and not when it has more', async () => {
    const left = async (registrationSeconds: number) => {
      const { broker, client, minutes, samples } = observedRun({ upstream: { registrationSeconds } });
      await minutes(1, async () => broker.start('signs', await client('signs')));
      return wentOff(samples);
    };

    expect([await left(86_000), await left(43_000)]).toEqual([[], ['RegistrationEnding']]);
  });

  it('when the loop is more than a minute late', async () => {
    const { broker, client, minutes, samples, tick } = observedRun();
    const devices = await Promise.all([1, 2].map(async () => broker.start('signs', await client('signs'))));
    const visit = () => tick(...devices.map(({ sessionId }) => sessionId));

    await minutes(2, visit);
    const inTime = wentOff(samples);
    // From now on the loop comes around every two minutes.
    await minutes(8, async (minute) => (minute % 2 === 1 ? visit() : undefined));

    expect([inTime, wentOff(samples)]).toEqual([[], ['PollLag']]);
  });

  it('when nobody comes to a device of a deferred fleet for four fifths of its time, and of no other fleet', async () => {
    const { broker, client, minutes, samples, time } = observedRun();
    await broker.start('kiosks', await client('kiosks'));
    await broker.start('signs', await client('signs'));

    time.advanceSeconds(0.79 * 86_400);
    await minutes(5);
    const before = wentOff(samples);
    time.advanceSeconds(0.02 * 86_400);
    await minutes(5);
    time.advanceSeconds(86_400);
    await minutes(5);

    expect([before, wentOff(samples)]).toEqual([[], ['OldestWaitingkiosks']]);
    expect(endsAt('OldestWaitingkiosks', samples)).toBe('OK');
  });

  it('when devices that are signed in are not refreshed', async () => {
    const { broker, client, minutes, samples, time } = observedRun();
    const devices = await Promise.all(
      ['kiosks', 'kiosks', 'signs'].map(async (f) => broker.signIn(f, await client(f))),
    );
    time.advanceSeconds(28_000);
    broker.refreshes.answerNext(...Array.from({ length: 200 }, () => 'server_error' as const));
    const caller = { sourceIp: '192.0.2.7', baseUrl: 'https://broker.example' };

    await minutes(12, async () => {
      for (const device of devices)
        await broker.refreshTokens({ ...device, ...caller, refreshToken: device.handle }).catch(() => undefined);
    });

    // A refresh that comes to nothing is a call that came to nothing.
    expect(wentOff(samples)).toEqual(['UpstreamFailing', 'RefreshFailures']);
  });

  it('when an approval could not be kept', async () => {
    const wrapSessions = (store: MemorySessionStore) => ({ ...store, authorize: down });
    const { broker, client, happens, samples } = observedRun({ wrapSessions });

    await happens(async () => broker.signIn('signs', await client('signs')));

    expect(wentOff(samples)).toEqual(['ApprovalsLost']);
  });

  it('when refreshed tokens could not be kept', async () => {
    const { broker, client, happens, samples, time } = observedRun({
      wrapGrants: (store) => ({ ...store, storeCustody: down }),
    });
    const device = await broker.signIn('kiosks', await client('kiosks'));
    time.advanceSeconds(28_000);

    await happens(() =>
      broker.refreshTokens({
        ...device,
        sourceIp: '192.0.2.7',
        baseUrl: 'https://b.example',
        refreshToken: device.handle,
      }),
    );

    expect(wentOff(samples)).toEqual(['ApprovalsLost']);
  });

  it('when polls fail in the broker itself', async () => {
    const wrapSessions = (store: MemorySessionStore) => ({ ...store, claimPoll: down });
    const { broker, client, minutes, samples, tick, time } = observedRun({ wrapSessions });
    const devices = await Promise.all([1, 2, 3, 4, 5].map(async () => broker.start('signs', await client('signs'))));
    time.advanceSeconds(8);

    await minutes(3, () => tick(...devices.map(({ sessionId }) => sessionId)));

    expect(wentOff(samples)).toEqual(['Faults']);
  });

  it('when the stream is read late', async () => {
    const { broker, happens, samples } = observedRun();

    await happens(async () => broker.observe({ event: 'stream_read', ageMs: 61_000 }));

    expect(wentOff(samples)).toEqual(['LoopDelay']);
  });
});

describe('the count of calls that AWS refuses for being too many', () => {
  /** What the filters of the template count of a line. */
  function counted(line: Readonly<Record<string, unknown>>): number[] {
    const filters = Object.values(templateOf().Resources).filter(({ Type }) => Type === 'AWS::Logs::MetricFilter');
    return filters.map(({ Properties }) => {
      const terms = [...String(Properties?.FilterPattern).matchAll(/\(\$\.(\w+) = "([^"]+)"\)/g)];
      const matches = terms.some(([, field = '', pattern = '']) =>
        new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(String(line[field])),
      );
      const transformations = (Properties?.MetricTransformations ?? []) as readonly { MetricValue: string }[];
      return matches ? Number(transformations[0]?.MetricValue) : 0;
    });
  }

  function faultLine(name: string): Record<string, unknown> {
    const lines: string[] = [];
    const spy = vi
      .spyOn((logger as unknown as { console: Console }).console, 'error')
      .mockImplementation((line) => void lines.push(String(line)));
    logFault('request_failed', Object.assign(new Error('too many'), { name }));
    spy.mockRestore();
    return JSON.parse(String(lines[0])) as Record<string, unknown>;
  }

  it.each(['ThrottlingException', 'ProvisionedThroughputExceededException', 'LimitExceededException'])(
    'counts a fault %s in the log of every function',
    (name) => {
      expect(counted(faultLine(name))).toEqual(Array.from({ length: 7 }, () => 1));
    },
  );

  it('counts no other fault', () => {
    expect(new Set(counted(faultLine('TimeoutError')))).toEqual(new Set([0]));
  });

  it('sets the alarm off at the third within five minutes', () => {
    const series = seriesOf('FleetTokenBroker', 'CallsThrottled', {});
    const atMs = 1_800_000_000_000;
    const throttled = (times: number): Sample[] => Array.from({ length: times }, () => ({ series, atMs, value: 1 }));

    expect([wentOff(throttled(2)), wentOff(throttled(3))]).toEqual([[], ['CallsThrottled']]);
  });
});
