import { describe, expect, it } from 'vitest';
import { DEVICE, FLEETS, PERSON_IP } from '../support/whole-broker.ts';
import { ANEW, ASKED_AGAIN, afterTheEnd } from './after-the-end.ts';
import { signedIn } from './signed-in.ts';

const REVOKED = {
  refused: 'invalid_grant',
  description: 'This sign-in was revoked. Start a new device authorization.',
};

describe('a request to approve again', () => {
  it.each(['denied at AWS', 'refused on the page', 'cancelled', 'never answered'])(
    'that is %s is not repeated',
    async (how) => {
      const { time, broker, device, refresh, successor } = await afterTheEnd();
      await refresh();
      const { sessionId, userCode = '' } = successor();
      if (how === 'denied at AWS') {
        await broker.activation.continueToAws(userCode, PERSON_IP);
        broker.upstream.denyAt(time.nowMs());
        time.advanceSeconds(5);
      }
      if (how === 'refused on the page') await broker.activation.notMine(userCode, PERSON_IP);
      if (how === 'cancelled') await broker.operate.cancel(sessionId, 'not any more');
      if (how === 'never answered') time.advanceSeconds(86_400);

      for (let ask = 0; ask < 5; ask += 1) {
        expect(await refresh()).toEqual(ANEW);
        time.advanceSeconds(3_600);
      }
      expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
    },
  );

  it('that was never answered is made again once the table has deleted it, and waits for its answer', async () => {
    const { time, broker, device, refresh, successor } = await afterTheEnd();
    await refresh();
    const { sessionId } = successor();
    time.advanceSeconds(2 * 86_400);
    broker.memory.records.remove(sessionId);

    expect(await refresh()).toEqual(ASKED_AGAIN);

    expect(successor()).toMatchObject({ sessionId, phase: 'awaiting_operator' });
    expect(broker.eventsOf('session_settled')).not.toContainEqual(expect.objectContaining({ sessionId }));
    expect((await broker.storedClient(device.clientId)).liveSessionId).toBe(sessionId);
  });

  it('that was approved, but left nothing to refresh with, leads nowhere: the device is told to start anew', async () => {
    const { broker, device, refresh, approveAgain } = await afterTheEnd();
    await refresh();
    await approveAgain();
    await refresh();
    const [, newest] = broker.grantRecords.all();
    broker.grantRecords.remove(newest?.grantId ?? '');

    expect(await refresh()).toMatchObject({
      refused: 'invalid_grant',
      description: expect.stringMatching(/^The Identity Center session has ended\. Start a new device/),
    });
    expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
  });

  it('is not made in a fleet that is gone from the configuration', async () => {
    const fleets = { ...FLEETS };
    const { broker, device, refresh, changeGrant } = await signedIn('kiosks', { settings: { fleets } });
    await changeGrant(({ sealedCustody: _custody, ...grant }) => ({ ...grant, endReason: 'session_ended' }));
    delete (fleets as Partial<typeof fleets>).kiosks;

    expect(await refresh()).toMatchObject({
      refused: 'invalid_grant',
      description: expect.stringMatching(/^The Identity Center session has ended\. Start a new device/),
    });
    expect(broker.sessionsOf(device.clientId)).toHaveLength(1);
  });

  it('is not made for a grant that the table deletes in that moment', async () => {
    const { broker, device, refresh, changeGrant } = await afterTheEnd();
    await changeGrant(({ sealedCustody: _custody, ...grant }) => ({ ...grant, endReason: 'session_ended' }));
    broker.grants.read = async () => undefined;

    expect(await refresh()).toMatchObject({ refused: 'invalid_grant' });
    expect(broker.sessionsOf(device.clientId)).toHaveLength(1);
  });

  it('gives way to a device that starts anew by itself', async () => {
    const { broker, device, refresh, successor } = await afterTheEnd();
    await refresh();
    const asked = successor();

    const again = await broker.signIn('kiosks', device);

    expect((await broker.stored(asked.sessionId)).phase).toBe('superseded');
    expect(await refresh()).toEqual(ANEW);
    const { clientId, clientSecret, handle: refreshToken } = again;
    expect(await broker.refreshTokens({ clientId, clientSecret, refreshToken, ...DEVICE })).toMatchObject({
      accessToken: 'upstream-access-token-2',
    });
  });

  it('dies with its handle: revoking it withdraws the request', async () => {
    const { broker, device, refresh, successor } = await afterTheEnd();
    await refresh();
    const { sessionId, userCode = '' } = successor();

    expect(await broker.revokeToken({ ...device, token: device.handle })).toBeUndefined();

    expect((await broker.stored(sessionId)).phase).toBe('cancelled');
    expect(await broker.activation.continueToAws(userCode, PERSON_IP)).toMatchObject({ kind: 'settled' });
    expect(await refresh()).toEqual(REVOKED);
    expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
  });

  it('that was approved dies with its handle too: revoking the old one ends the newest sign-in', async () => {
    const { broker, device, refresh, approveAgain } = await afterTheEnd();
    await refresh();
    await approveAgain();
    await refresh();

    await broker.revokeToken({ ...device, token: device.handle });

    expect(await refresh()).toEqual(REVOKED);
    expect(broker.grantRecords.all().map((grant) => grant.endReason)).toEqual(['revoked', 'revoked']);
    expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
  });

  it('is not made once the handle was revoked, also when nobody had asked yet', async () => {
    const { broker, device, refresh } = await afterTheEnd();
    await broker.revokeToken({ ...device, token: device.handle });

    expect(await refresh()).toEqual(REVOKED);
    expect(broker.sessionsOf(device.clientId)).toHaveLength(1);
  });

  it('is not made for another client, nor for one that is locked', async () => {
    const { broker, device, refresh } = await afterTheEnd();
    const other = await broker.enroll({ fleet: 'kiosks' });
    await broker.operate.lock(device.clientId, 'stolen');

    expect(await refresh()).toMatchObject({ refused: 'invalid_client' });
    const credentials = { clientId: other.clientId, clientSecret: `secret-of-${other.clientId}` };
    expect(await broker.refreshTokens({ ...credentials, refreshToken: device.handle, ...DEVICE })).toMatchObject({
      refused: 'invalid_grant',
    });
    expect(broker.memory.records.all()).toHaveLength(1);
  });

  it('is made in deferred fleets only: where AWS’s own page decides, there is nobody to ask', async () => {
    const { broker, device, refresh } = await afterTheEnd('signs');

    for (let ask = 0; ask < 3; ask += 1) {
      expect(await refresh()).toMatchObject({
        description: expect.stringMatching(/^The Identity Center session has ended\. Start a new device/),
      });
    }
    expect(broker.sessionsOf(device.clientId)).toHaveLength(1);
  });
});
