import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeWholeBroker, PERSON_IP } from '../support/whole-broker.ts';

async function setUp(fleet = 'kiosks') {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time });
  const device = await broker.start(fleet);
  const tick = () =>
    broker.tick({ cohort: 'cohort', generation: 0, tick: 0, sessionIds: [device.sessionId], waitSeconds: 1 });
  return { time, broker, device, tick };
}

describe('until a person comes', () => {
  it('nothing is asked of upstream, however often the device, its operators and the loop look', async () => {
    const { time, broker, device, tick } = await setUp();

    for (let look = 0; look < 50; look += 1) {
      time.advanceSeconds(30);
      expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'authorization_pending' });
      expect(await broker.activation.find(device.userCode, PERSON_IP)).toMatchObject({ kind: 'asking' });
      expect(await tick()).toMatchObject({ next: 'done' });
    }

    expect(broker.upstream.calls).toEqual([]);
    expect(await broker.stored(device.sessionId)).toMatchObject({
      phase: 'awaiting_operator',
      polls: 0,
      activations: 0,
    });
  });

  it('a device that keeps its interval is never told to slow down', async () => {
    const { time, broker, device } = await setUp();

    const answers = [];
    for (let poll = 0; poll < 200; poll += 1) {
      time.advanceSeconds(device.interval);
      answers.push(await broker.redeemDeviceCode(device));
    }

    expect(answers.filter((answer) => !('refused' in answer) || answer.refused !== 'authorization_pending')).toEqual(
      [],
    );
  });

  it('the device waits as long as its session lives, and has expired to the second (RFC 8628 §3.5)', async () => {
    const { time, broker, device } = await setUp();
    time.advance(86_400_000 - 1);

    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'authorization_pending' });
    time.advance(1);
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'expired_token' });
    expect(await broker.activation.find(device.userCode, PERSON_IP)).toMatchObject({ kind: 'unknown' });
    expect(broker.upstream.calls).toEqual([]);
  });

  it('a person is shown who is asking', async () => {
    const { broker, device } = await setUp();
    const { key } = await broker.operate.createEnrollmentKey({ fleet: 'kiosks', note: 'lobby, first floor' });
    const client = await broker.enroll({
      fleet: 'kiosks',
      clientName: 'lobby-3',
      enrollmentKeyId: key.enrollmentKeyId,
    });
    const lobby = await broker.start('kiosks', { ...device, clientId: client.clientId });

    const found = await broker.activation.find(lobby.userCode, PERSON_IP);

    expect(found).toEqual({
      kind: 'asking',
      asking: {
        session: await broker.stored(lobby.sessionId),
        client: await broker.storedClient(client.clientId),
        enrollmentKey: key,
      },
    });
  });

  it('the code that the device shows is found however it is typed', async () => {
    const { broker, device } = await setUp();
    const letters = device.userCode.replace('-', '');

    for (const typed of [letters.toLowerCase(), ` ${letters} `, [...letters].join(' ')]) {
      expect(await broker.activation.find(typed, PERSON_IP)).toMatchObject({ kind: 'asking' });
    }
  });
});

describe('a fleet with immediate approval', () => {
  it('has AWS’s own code, which the broker’s page does not know', async () => {
    const { broker, device } = await setUp('signs');

    expect(device.verificationUri).not.toContain('/activate');
    expect(await broker.activation.find(device.userCode, PERSON_IP)).toEqual({ kind: 'unknown' });
  });
});
