import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeTimeline } from '../support/fake-timeline.ts';
import { TOKEN_SECONDS } from '../support/fake-upstream.ts';
import { DEVICE, makeWholeBroker, type SignedInDevice } from '../support/whole-broker.ts';
import { withProvider } from './provider.ts';

describe('credentials that were fetched once', () => {
  it('are given again, the same, until five minutes before their end', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    const first = await fetchCredentials();
    time.advanceSeconds(3_299);

    expect(await fetchCredentials()).toEqual(first);
    expect(broker.portal.calls).toHaveLength(1);
  });

  it('are fetched anew from five minutes before their end on, once', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    await fetchCredentials();
    time.advanceSeconds(3_300);

    const second = await fetchCredentials();

    expect(second.body).toMatchObject({ AccessKeyId: 'ASIAFAKE000000000002' });
    expect(await fetchCredentials()).toEqual(second);
    expect(broker.portal.calls).toHaveLength(2);
  });

  it('never have less than five minutes left while AWS answers', async () => {
    const time = makeFakeClock();
    const { fetchCredentials } = await withProvider(time, 'gateways');

    for (let minute = 0; minute < 24 * 60; minute += 7) {
      const { status, body } = await fetchCredentials();
      expect(status).toBe(200);
      expect(Date.parse(String(body.Expiration)) - time.nowMs()).toBeGreaterThan(300_000);
      time.advanceSeconds(7 * 60);
    }
  });

  it('cost one portal call in 55 minutes, however often they are asked for', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');

    for (let minute = 0; minute < 24 * 60; minute += 1) {
      await fetchCredentials();
      time.advanceSeconds(60);
    }

    expect(broker.portal.calls).toHaveLength(Math.ceil((24 * 60) / 55));
  });

  it('are sealed in the grant: nothing in the table opens without the handle', async () => {
    const { broker, device, fetchCredentials, grant } = await withProvider(makeFakeClock(), 'gateways');
    await fetchCredentials();

    const stored = JSON.stringify([
      await grant(),
      broker.memory.records.all(),
      await broker.storedClient(device.clientId),
    ]);

    expect(await grant()).toHaveProperty('sealedCredentials');
    for (const secret of ['ASIAFAKE', 'role-secret-key', 'role-session-token', 'access-token', device.handle]) {
      expect(stored).not.toContain(secret);
    }
  });

  it('are told to those who watch by their outcome alone', async () => {
    const { broker, device, fetchCredentials } = await withProvider(makeFakeClock(), 'gateways');
    await fetchCredentials();

    const { sessionId, clientId } = device;
    expect(broker.eventsOf('role_credentials')).toEqual([
      { event: 'role_credentials', sessionId, clientId, fleet: 'gateways', outcome: 'credentials' },
    ]);
  });

  it('go with the grant when its handle is revoked', async () => {
    const { broker, device, fetchCredentials, grant } = await withProvider(makeFakeClock(), 'gateways');
    await fetchCredentials();
    await broker.revokeToken({ ...device, token: device.handle });

    expect(await grant()).not.toHaveProperty('sealedCredentials');
    expect((await fetchCredentials()).status).toBe(403);
  });
});

describe('the access token behind the credentials', () => {
  it('is refreshed when it has a minute left or less, and the portal is asked with the new one', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');
    time.advanceSeconds(TOKEN_SECONDS - 65);
    await fetchCredentials();
    time.advanceSeconds(3_300);
    await fetchCredentials();

    expect(broker.portal.calls.map((call) => call.accessToken)).toEqual([
      'upstream-access-token-1',
      'refreshed-access-token-1',
    ]);
    expect(broker.refreshes.calls).toHaveLength(1);
  });

  it.each([5, 30, 60, 61])('may live for %i s only: each portal call has a fresh one', async (tokenSeconds) => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways', { refreshes: { tokenSeconds } });
    time.advanceSeconds(TOKEN_SECONDS);

    for (let round = 0; round < 3; round += 1) {
      expect((await fetchCredentials()).status).toBe(200);
      time.advanceSeconds(3_300);
    }

    expect(broker.portal.calls.map((call) => call.accessToken)).toEqual(
      [1, 2, 3].map((number) => `refreshed-access-token-${number}`),
    );
    expect(broker.refreshes.calls).toHaveLength(3);
  });

  it('is refreshed through the night for a device that never asks for it itself', async () => {
    const time = makeFakeClock();
    const { broker, fetchCredentials } = await withProvider(time, 'gateways');

    for (let hour = 0; hour < 24 * 14; hour += 1) {
      expect((await fetchCredentials()).status).toBe(200);
      time.advanceSeconds(3_600);
    }

    expect(broker.refreshes.calls.length).toBeLessThanOrEqual(24 * 14);
  });
});

describe('many at once', () => {
  it('20 processes of one device: one portal call, one answer', async () => {
    const time = makeTimeline();
    const { broker, device } = await withProvider(time, 'gateways', { portal: { latencyMs: 400 } });

    const started = await Promise.all(
      Array.from({ length: 20 }, () => time.start(() => broker.roleCredentials(device.handle, DEVICE))),
    );
    await time.finish();
    const answers = await Promise.all(started.map(({ result }) => result));

    expect(broker.portal.calls).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toHaveProperty('accessKeyId');
  });

  it('20 processes of one device whose token is dead: one refresh, one portal call', async () => {
    const time = makeTimeline();
    const { broker, device } = await withProvider(time, 'gateways', {
      portal: { latencyMs: 400 },
      refreshes: { latencyMs: 400 },
    });
    await time.elapse(TOKEN_SECONDS * 1000);

    const started = await Promise.all(
      Array.from({ length: 20 }, () => time.start(() => broker.roleCredentials(device.handle, DEVICE))),
    );
    await time.finish();
    const answers = await Promise.all(started.map(({ result }) => result));

    expect([broker.refreshes.calls.length, broker.portal.calls.length]).toEqual([1, 1]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toHaveProperty('accessKeyId');
  });

  it('50 devices that restart at once: one portal call each, and none in the next 50 minutes', async () => {
    const time = makeTimeline();
    const broker = makeWholeBroker({ time, portal: { latencyMs: 300 } });
    const devices: SignedInDevice[] = [];
    for (let number = 0; number < 50; number += 1) devices.push(await broker.signIn('gateways'));
    const answers: unknown[] = [];

    /** Every device restarts, with three processes each. */
    async function restart(): Promise<void> {
      const started = await Promise.all(
        [...devices, ...devices, ...devices].map(({ handle }) =>
          time.start(() => broker.roleCredentials(handle, DEVICE)),
        ),
      );
      await time.finish();
      answers.push(...(await Promise.all(started.map(({ result }) => result))));
    }

    await restart();
    const callsOfEach = Map.groupBy(broker.portal.calls, (call) => call.accessToken);
    expect(callsOfEach.size).toBe(50);
    expect(broker.portal.calls).toHaveLength(50);

    const nextCallsFrom = time.nowMs();
    while (time.nowMs() < nextCallsFrom + 50 * 60_000) {
      await time.elapse(5 * 60_000);
      await restart();
    }
    expect(broker.portal.calls).toHaveLength(50);
    expect(answers.filter((answer) => !Object.hasOwn(answer as object, 'accessKeyId'))).toEqual([]);
  });
});
