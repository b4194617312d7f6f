import { describe, expect, it } from 'vitest';
import { makeMetricsRecorder } from '../../lambda/adapters/metrics.ts';
import { CLIENT_LIFETIME_SECONDS } from '../../lambda/core/client.ts';
import { measurementsOf } from '../../lambda/core/measurements.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { clientSecretOf } from '../support/fake-records.ts';
import { type Credentials, makeWholeBroker } from '../support/whole-broker.ts';
import { metricsIn, printedBy } from './emf-lines.ts';

const FLEETS = ['kiosks', 'gateways', 'signs', 'sensors'];

/** Devices of four fleets that meet with what devices meet with, each in its turn. */
async function run(devices: number) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time });

  for (let n = 0; n < devices; n += 1) {
    const fleet = FLEETS[n % FLEETS.length] as string;
    switch (Math.floor(n / FLEETS.length) % 5) {
      case 0: {
        const device = await broker.start(fleet, await client(fleet));
        const again = await broker.start(fleet, device);
        await broker.operate.cancel(again.sessionId, 'a test');
        break;
      }
      case 1: {
        const { sessionId, upstreamDeviceCode } = await waiting(fleet);
        if (upstreamDeviceCode !== undefined) broker.upstream.denyAt(time.nowMs(), upstreamDeviceCode);
        await broker.tick({ cohort: 'c', generation: 0, tick: 0, sessionIds: [sessionId], waitSeconds: 1 });
        break;
      }
      case 2: {
        broker.upstream.answerNext(
          (['throttled', 'server_error', 'timeout', 'slow_down'] as const)[n % 4] ?? 'timeout',
        );
        const { sessionId } = await waiting(fleet);
        await broker.tick({ cohort: 'c', generation: 0, tick: 0, sessionIds: [sessionId], waitSeconds: 1 });
        break;
      }
      default: {
        const device = await broker.signIn(fleet, await client(fleet));
        const caller = { sourceIp: '192.0.2.7', baseUrl: 'https://broker.example' };
        await broker.redeemDeviceCode(device);
        time.advance(28_000_000);
        broker.refreshes.answerNext((['tokens', 'timeout', 'invalid_grant', 'kept'] as const)[n % 4] ?? 'tokens');
        await broker.refreshTokens({ ...device, ...caller, refreshToken: device.handle });
        await broker.roleCredentials(device.handle, caller);
        await broker.redeemDeviceCode(device);
      }
    }
  }
  return broker;

  /** A new device, registered at this time. */
  async function client(fleet: string): Promise<Credentials> {
    const { clientId } = await broker.enroll({ fleet, expiresAt: time.nowMs() / 1000 + CLIENT_LIFETIME_SECONDS });
    return { clientId, clientSecret: clientSecretOf(clientId) };
  }

  /** A device whose session upstream can decide, some seconds later. */
  async function waiting(fleet: string) {
    const device = await broker.start(fleet, await client(fleet));
    const waits = (await broker.stored(device.sessionId)).phase === 'awaiting_operator';
    if (waits) await broker.activation.continueToAws(device.userCode, `198.51.100.${time.nowMs() % 250}`);
    time.advanceSeconds(40);
    return broker.stored(device.sessionId);
  }
}

/** The metrics that AWS would bill: one for each name with each set of dimension values. */
async function billed({ events }: Awaited<ReturnType<typeof run>>) {
  const recorder = makeMetricsRecorder(makeFakeClock());
  const lines = await printedBy(() => {
    // Each event in an invocation of its own, and now and again many in one.
    events.forEach((event, place) => {
      recorder.record(measurementsOf(event));
      if (place % 7 !== 0) recorder.publish();
    });
    recorder.publish();
  });
  return {
    lines,
    metrics: new Set(lines.flatMap(metricsIn).map(({ name, dimensions }) => [name, ...dimensions].join())),
  };
}

describe('the metrics of 1,000 devices', () => {
  it('are as many as those of 100, a few for each fleet, and name no device, client or session', async () => {
    const [few, many] = [await run(100), await run(1_000)];
    const [ofFew, ofMany] = [await billed(few), await billed(many)];

    const clients = new Set(many.events.flatMap((event) => ('clientId' in event ? [event.clientId] : [])));
    const sessions = new Set(many.events.flatMap((event) => ('sessionId' in event ? [event.sessionId] : [])));
    expect([clients.size, sessions.size >= 1_000]).toEqual([1_000, true]);
    expect([...ofMany.metrics].toSorted()).toEqual([...ofFew.metrics].toSorted());
    expect(ofMany.metrics.size).toBeGreaterThan(40);
    expect(ofMany.metrics.size).toBeLessThan(120);
    const text = ofMany.lines.join('\n');
    expect([...clients, ...sessions].filter((id) => text.includes(id))).toEqual([]);
  }, 60_000);
});
