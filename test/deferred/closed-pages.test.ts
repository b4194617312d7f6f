import { describe, expect, it } from 'vitest';
import type { Session } from '../../lambda/core/session.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeWholeBroker } from '../support/whole-broker.ts';
import { makeVisitor, type Page } from './visitor.ts';

async function setUp() {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time });
  const device = await broker.start('kiosks');
  return { time, broker, device, visitor: makeVisitor(broker) };
}

describe('a page for what cannot be decided any more', () => {
  const ends: [string, (broker: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>][] = [
    ['cancelled', ({ broker, device }) => broker.operate.cancel(device.sessionId, 'not today')],
    ['cancelled', ({ broker, device }) => broker.operate.lock(device.clientId, 'stolen')],
    ['denied', ({ broker, device }) => broker.activation.notMine(device.userCode, '203.0.113.9')],
    ['superseded', ({ broker, device }) => broker.start('kiosks', device)],
    [
      'authorized',
      async ({ broker, device }) => {
        await broker.approve(device);
        await broker.pollSession(await broker.stored(device.sessionId));
      },
    ],
    [
      'claimed',
      async ({ broker, device }) => {
        await broker.approve(device);
        await broker.redeemDeviceCode(device);
      },
    ],
  ];

  it.each(ends)('says that it is %s, with 410 and no button', async (phase, end) => {
    const context = await setUp();
    const { visitor, device } = context;
    const { csrfToken } = await visitor.get(device.userCode);
    await end(context);

    const pages: Page[] = [
      await visitor.get(device.userCode),
      await visitor.post({ do: 'continue', user_code: device.userCode, csrf_token: csrfToken }),
    ];

    for (const { status, text, html } of pages) {
      expect(status).toBe(410);
      expect(text).toContain(`This sign-in is ${phase} already. To sign in again, start it anew on the device.`);
      expect(html).not.toContain('<button');
    }
  });

  it('says that nobody waits with a code that has expired', async () => {
    const { time, device, visitor } = await setUp();
    time.advanceSeconds(86_400);

    expect(await visitor.get(device.userCode)).toMatchObject({ status: 404 });
  });

  it('asks to wait while an AWS code is about to end, and says how long', async () => {
    const { time, device, visitor } = await setUp();
    await visitor.press('continue', device.userCode);
    time.advanceSeconds(580);

    const page = await visitor.press('continue', device.userCode);

    expect(page.status).toBe(503);
    expect(page.headers['Retry-After']).toBe('20');
    expect(page.text).toContain('An AWS code for this device is about to end. Continue again in 20 seconds.');
  });

  it('asks to try again when AWS does not answer', async () => {
    const { broker, device, visitor } = await setUp();
    broker.upstream.failSettingUp({ kind: 'unavailable', cause: 'timeout' });

    const page = await visitor.press('continue', device.userCode);

    expect([page.status, page.headers['Retry-After']]).toEqual([503, '5']);
    expect(page.text).toContain('Identity Center did not answer. Wait and start again.');
  });

  it('asks to come back after too many wrong codes', async () => {
    const { visitor } = await setUp();
    for (let guess = 0; guess < 20; guess += 1) await visitor.get('ZZZZ-ZZZZ');

    const page = await visitor.type('ZZZZ-ZZZZ');

    expect([page.status, page.headers['Retry-After']]).toEqual([429, '600']);
    expect(page.text).toContain('Try again in 10 minutes.');
  });

  it('is a page also when the broker itself is broken, and says nothing of how', async () => {
    const { broker, device, visitor } = await setUp();
    broker.memory.records.read = () => Promise.reject(new Error('table secret-name is gone'));
    broker.sessions.read = (): Promise<Session> => Promise.reject(new Error('table secret-name is gone'));

    const page = await visitor.get(device.userCode);

    expect(page.status).toBe(503);
    expect(page.text).toContain('The broker could not do this now.');
    expect(page.html).not.toContain('secret-name');
  });
});
