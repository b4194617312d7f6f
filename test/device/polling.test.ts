import { expect, it } from 'vitest';
import { newDevice } from './device.ts';
import { describeEachProgram } from './programs.ts';
import { enrolledAt, oauthError, type ReceivedCall, startScriptedBroker } from './scripted-broker.ts';

/** Milliseconds between the polls. */
function gaps(calls: readonly ReceivedCall[]): number[] {
  return calls.slice(1).map((call, index) => call.atMs - (calls[index]?.atMs ?? 0));
}

/** A shell sleeps a little less than it says now and then. */
const SLACK_MS = 50;

describeEachProgram((program) => {
  it('waits the interval before each poll, the first one too', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [
      oauthError('authorization_pending'),
      oauthError('authorization_pending'),
      broker.tokens('token'),
    ];

    await newDevice(ctx, program, enrolledAt(broker)).run('login');

    const [started] = broker.callsOf('/device_authorization');
    for (const gap of gaps([started as ReceivedCall, ...broker.callsOf('/token')])) {
      expect(gap).toBeGreaterThanOrEqual(1000 - SLACK_MS);
    }
  });

  it('polls 5 seconds slower for good after slow_down (RFC 8628 §3.5)', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [oauthError('slow_down'), oauthError('authorization_pending'), broker.tokens('token')];

    await newDevice(ctx, program, enrolledAt(broker)).run('login');

    for (const gap of gaps(broker.callsOf('/token'))) expect(gap).toBeGreaterThanOrEqual(6000 - SLACK_MS);
  });

  it('waits as long as Retry-After says', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [
      oauthError('authorization_pending', 400, { 'Retry-After': '4' }),
      broker.tokens('token'),
    ];

    await newDevice(ctx, program, enrolledAt(broker)).run('login');

    expect(gaps(broker.callsOf('/token'))[0]).toBeGreaterThanOrEqual(4000 - SLACK_MS);
  });

  it('goes on through broken connections, 5xx and answers that are not JSON', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [
      { status: 'cut' },
      { status: 502, body: '<html>bad gateway</html>', headers: { 'Content-Type': 'text/html' } },
      { status: 200, body: 'Sign in to the hotel network' },
      broker.tokens('token'),
    ];

    const { status, stderr } = await newDevice(ctx, program, enrolledAt(broker)).run('login');

    expect(status).toBe(0);
    expect(stderr).toMatch(/^ftb: The connection .* Trying again\.\n$/);
    expect(gaps(broker.callsOf('/token'))[2]).toBeGreaterThanOrEqual(4000 - SLACK_MS);
  });

  it('does not slow down for good because the broker was in trouble', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    broker.script['/token'] = [
      oauthError('slow_down', 503, { 'Retry-After': '1' }),
      { status: 429, body: { message: 'Too Many Requests' } },
      broker.tokens('token'),
    ];

    await newDevice(ctx, program, enrolledAt(broker)).run('login');

    expect(gaps(broker.callsOf('/token'))[1]).toBeLessThan(5500);
  });

  it('goes on when the broker was away and came back', async (ctx) => {
    const broker = await startScriptedBroker(ctx);
    const device = newDevice(ctx, program, enrolledAt(broker));
    const running = device.start('login');
    await broker.called('/token', 1);
    const port = Number(new URL(broker.url).port);
    await broker.close();
    await new Promise((resolve) => setTimeout(resolve, 1500));

    const again = await startScriptedBroker(ctx, port);
    again.script['/token'] = [again.tokens('token')];

    expect((await running.ended).status).toBe(0);
    expect(again.callsOf('/device_authorization')).toEqual([]);
  });
});
