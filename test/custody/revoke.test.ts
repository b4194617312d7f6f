import { describe, expect, it } from 'vitest';
import { MAX_SUCCESSORS } from '../../lambda/core/living-grant.ts';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeWholeBroker, PERSON_IP } from '../support/whole-broker.ts';
import { afterTheEnd } from './after-the-end.ts';
import { signedIn } from './signed-in.ts';

const REVOKED = {
  refused: 'invalid_grant',
  description: 'This sign-in was revoked. Start a new device authorization.',
};

describe('revoking (RFC 7009) a handle', () => {
  it('ends its grant: nothing is refreshed any more, and custody is forgotten', async () => {
    const { time, broker, device, refresh, grant } = await signedIn('kiosks');

    expect(await broker.revokeToken({ ...device, token: device.handle })).toBeUndefined();

    expect(await grant()).toMatchObject({ endReason: 'revoked', endedAtMs: time.nowMs() });
    expect(await grant()).not.toHaveProperty('sealedCustody');
    expect(await refresh()).toEqual(REVOKED);
    expect(broker.refreshes.calls).toEqual([]);
  });

  it('is told to those who watch, once', async () => {
    const { time, broker, device } = await signedIn('kiosks');
    const { clientId, sessionId, handle } = device;

    await broker.revokeToken({ ...device, token: handle });
    await broker.revokeToken({ ...device, token: handle });

    expect(broker.eventsOf('grant_ended')).toEqual([
      { event: 'grant_ended', sessionId, clientId, fleet: 'kiosks', reason: 'revoked' },
    ]);
    expect(await broker.storedClient(clientId)).toMatchObject({
      signInEndReason: 'revoked',
      signInEndedAtMs: time.nowMs(),
    });
  });

  it('asks no operator to approve again, however often the device asks afterwards', async () => {
    const { time, broker, device, refresh } = await signedIn('kiosks');
    await broker.revokeToken({ ...device, token: device.handle });

    for (let ask = 0; ask < 5; ask += 1) {
      time.advanceSeconds(3_600);
      await refresh();
    }

    expect(broker.sessionsOf(device.clientId)).toHaveLength(1);
  });

  it('ends also the last of the sign-ins that it may outlive', async () => {
    const { broker, device, refresh, end, approveAgain } = await afterTheEnd();
    for (let round = 1; round < MAX_SUCCESSORS; round += 1) {
      if (round > 1) end();
      await refresh();
      await approveAgain();
      expect(await refresh()).toMatchObject({ tokenType: 'Bearer' });
    }

    await broker.revokeToken({ ...device, token: device.handle });

    expect(await refresh()).toEqual(REVOKED);
    expect(broker.grantRecords.all().map((grant) => grant.endReason)).toEqual(
      Array.from({ length: MAX_SUCCESSORS }, () => 'revoked'),
    );
  });

  it('that is another client’s is refused, and changes nothing', async () => {
    const { broker, device, grant } = await signedIn('kiosks');
    const other = await broker.signIn('kiosks');

    expect(await broker.revokeToken({ ...other, token: device.handle })).toEqual({
      refused: 'invalid_grant',
      description: 'This token was issued to another client. Revoke it with that client.',
    });
    expect(await grant()).not.toHaveProperty('endReason');
  });

  it('that nobody knows is as good as done (RFC 7009 §2.2)', async () => {
    const { broker, device } = await signedIn('kiosks');

    for (const token of ['never-was', device.grantId, 'x'.repeat(5_000)]) {
      expect(await broker.revokeToken({ ...device, token })).toBeUndefined();
    }
  });

  it.each([
    ['with a wrong secret', { clientSecret: 'wrong' }],
    ['by a client that is not there', { clientId: 'nobody' }],
  ])('%s is refused, and changes nothing', async (_, own) => {
    const { broker, device, grant } = await signedIn('kiosks');

    expect(await broker.revokeToken({ ...device, ...own, token: device.handle })).toMatchObject({
      refused: 'invalid_client',
    });
    expect(await grant()).not.toHaveProperty('endReason');
  });

  it('leaves the client as it is: it starts anew', async () => {
    const { broker, device } = await signedIn('kiosks');
    await broker.revokeToken({ ...device, token: device.handle });

    const again = await broker.signIn('kiosks', device);

    expect(again.handle).not.toBe(device.handle);
    expect(again.clientId).toBe(device.clientId);
  });
});

describe('revoking a device code', () => {
  it('whose tokens were delivered ends the grant that they left', async () => {
    const { broker, device, refresh } = await signedIn('kiosks');

    expect(await broker.revokeToken({ ...device, token: device.deviceCode })).toBeUndefined();

    expect(await refresh()).toEqual(REVOKED);
    expect((await broker.stored(device.sessionId)).phase).toBe('cancelled');
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'access_denied' });
  });

  it.each(['kiosks', 'signs'])(
    'that waits, in fleet %s, ends its session: an approval comes too late',
    async (fleet) => {
      const time = makeFakeClock();
      const broker = makeWholeBroker({ time });
      const device = await broker.start(fleet);
      if (fleet === 'kiosks') await broker.activation.continueToAws(device.userCode, PERSON_IP);

      expect(await broker.revokeToken({ ...device, token: device.deviceCode })).toBeUndefined();
      broker.upstream.approveAt(time.nowMs());
      time.advanceSeconds(60);

      expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'access_denied' });
      expect(await broker.stored(device.sessionId)).toMatchObject({
        phase: 'cancelled',
        endReason: 'the device revoked its code',
      });
      expect(broker.upstream.pollTimes()).toEqual([]);
    },
  );

  it.each(['kiosks', 'signs'])('of fleet %s is told to those who watch, once', async (fleet) => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const device = await broker.start(fleet);
    const { clientId, sessionId, deviceCode } = device;

    await broker.revokeToken({ ...device, token: deviceCode });
    await broker.revokeToken({ ...device, token: deviceCode });

    const reason = 'the device revoked its code';
    expect(broker.eventsOf('session_settled')).toEqual([
      { event: 'session_settled', sessionId, clientId, fleet, phase: 'cancelled', reason },
    ]);
    expect(broker.eventsOf('grant_ended')).toEqual([]);
  });

  it('that was approved and not yet fetched throws the tokens away', async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const device = await broker.start('kiosks');
    await broker.approve(device);
    await broker.pollSession(await broker.stored(device.sessionId));

    await broker.revokeToken({ ...device, token: device.deviceCode });

    expect(await broker.stored(device.sessionId)).not.toHaveProperty('sealedTokens');
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'access_denied' });
  });

  it('whose session the table has deleted still ends the grant', async () => {
    const { broker, device, refresh } = await signedIn('kiosks');
    broker.memory.records.remove(device.sessionId);

    expect(await broker.revokeToken({ ...device, token: device.deviceCode })).toBeUndefined();
    expect(await refresh()).toEqual(REVOKED);
  });

  it('that is another client’s is refused, and changes nothing', async () => {
    const time = makeFakeClock();
    const broker = makeWholeBroker({ time });
    const [device, other] = [await broker.start('kiosks'), await broker.start('kiosks')];

    expect(await broker.revokeToken({ ...other, token: device.deviceCode })).toMatchObject({
      refused: 'invalid_grant',
    });
    expect((await broker.stored(device.sessionId)).phase).toBe('awaiting_operator');
  });
});
