import { describe, expect, it } from 'vitest';
import { MAX_WRONG_CODES, WRONG_CODE_WINDOW_SECONDS } from '../../lambda/core/user-code.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { DEVICE, makeWholeBroker, PERSON_IP } from '../support/whole-broker.ts';
import { makeVisitor } from './visitor.ts';

async function setUp() {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time });
  const device = await broker.start('kiosks');

  /** Somebody guesses, each time something else. */
  async function guess(times: number, sourceIp = PERSON_IP): Promise<string[]> {
    const kinds = [];
    for (let number = 0; number < times; number += 1) {
      const letters = number
        .toString(8)
        .padStart(7, '0')
        .replace(/\d/g, (digit) => 'BCDFGHJK'[Number(digit)] ?? '');
      kinds.push((await broker.activation.find(`Z${letters}`, sourceIp)).kind);
    }
    return kinds;
  }

  return { time, broker, device, guess };
}

describe('somebody who guesses codes', () => {
  it('is stopped after 20 in ten minutes, right codes included', async () => {
    const { broker, device, guess } = await setUp();

    expect(await guess(MAX_WRONG_CODES)).toEqual(Array.from({ length: 20 }, () => 'unknown'));
    expect(await guess(1)).toEqual(['too_many_wrong_codes']);
    expect(await broker.activation.find(device.userCode, PERSON_IP)).toEqual({ kind: 'too_many_wrong_codes' });
    expect(await broker.activation.continueToAws(device.userCode, PERSON_IP)).toEqual({ kind: 'too_many_wrong_codes' });
    expect(await broker.activation.notMine(device.userCode, PERSON_IP)).toEqual({ kind: 'too_many_wrong_codes' });
    expect(broker.upstream.calls).toEqual([]);
    expect((await broker.stored(device.sessionId)).phase).toBe('awaiting_operator');
  });

  it.each(['continueToAws', 'notMine'] as const)('is counted at %s too', async (act) => {
    const { broker, guess } = await setUp();
    for (let number = 0; number < 20; number += 1) await broker.activation[act]('ZZZZ-ZZZZ', PERSON_IP);

    expect(await guess(1)).toEqual(['too_many_wrong_codes']);
  });

  it('is counted for what can be no code as well', async () => {
    const { broker, guess } = await setUp();
    for (let number = 0; number < 20; number += 1) await broker.activation.find('AEIOU', PERSON_IP);

    expect(await guess(1)).toEqual(['too_many_wrong_codes']);
  });

  it('may try again in the next window of ten minutes', async () => {
    const { time, broker, device, guess } = await setUp();
    await guess(21);
    time.advanceSeconds(WRONG_CODE_WINDOW_SECONDS);

    expect(await broker.activation.find(device.userCode, PERSON_IP)).toMatchObject({ kind: 'asking' });
  });

  it('does not disturb people elsewhere', async () => {
    const { broker, device, guess } = await setUp();
    await guess(100);

    expect(await broker.activation.find(device.userCode, '198.51.100.8')).toMatchObject({ kind: 'asking' });
  });

  it('does not disturb the fleet behind the same address: devices go on starting and polling', async () => {
    const { broker, device, guess } = await setUp();
    await guess(100, DEVICE.sourceIp);

    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'authorization_pending' });
    const another = await broker.start('kiosks');
    await broker.approve(another);
    expect(await broker.redeemDeviceCode(another)).toMatchObject({ tokenType: 'Bearer' });
  });

  it('is not helped by claiming to come from elsewhere', async () => {
    const { broker, device } = await setUp();
    const visitor = makeVisitor(broker);
    for (let number = 0; number < 20; number += 1) {
      await visitor.get('ZZZZ-ZZZZ', {
        'X-Forwarded-For': `203.0.113.${number}`,
        Forwarded: `for=203.0.113.${number}`,
      });
    }

    expect((await visitor.get(device.userCode, { 'X-Forwarded-For': '203.0.113.99' })).status).toBe(429);
  });
});

describe('people who bring right codes', () => {
  it('are never counted, however often they look: an operator may approve a whole fleet from one desk', async () => {
    const { broker } = await setUp();

    for (let number = 0; number < 60; number += 1) {
      const { userCode } = await broker.start('kiosks');
      expect(await broker.activation.find(userCode, PERSON_IP)).toMatchObject({ kind: 'asking' });
      expect(await broker.activation.continueToAws(userCode, PERSON_IP)).toMatchObject({ kind: 'continue' });
    }
  });

  it('are not counted when they come too late', async () => {
    const { time, broker, device, guess } = await setUp();
    await broker.operate.cancel(device.sessionId, 'not today');
    for (let number = 0; number < 40; number += 1) {
      time.advanceSeconds(1);
      expect(await broker.activation.find(device.userCode, PERSON_IP)).toMatchObject({ kind: 'settled' });
    }

    expect(await guess(1)).toEqual(['unknown']);
  });
});
