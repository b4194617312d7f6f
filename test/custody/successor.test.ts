import { describe, expect, it } from 'vitest';
import { MAX_SUCCESSORS } from '../../lambda/core/living-grant.ts';
import type { Session } from '../../lambda/core/session.ts';
import { DEVICE, PERSON_IP } from '../support/whole-broker.ts';
import { ANEW, ASKED_AGAIN, afterTheEnd } from './after-the-end.ts';
import { STALE_MS, signedInTogether } from './signed-in.ts';

describe('a deferred fleet whose portal session has ended', () => {
  it('has its operators asked again by the broker itself, and tells the device so', async () => {
    const { broker, device, refresh, successor } = await afterTheEnd();

    expect(await refresh()).toEqual(ASKED_AGAIN);

    const session = successor();
    expect(session).toMatchObject({
      phase: 'awaiting_operator',
      clientId: device.clientId,
      fleet: 'kiosks',
      sourceIp: DEVICE.sourceIp,
      activations: 0,
      verificationUri: `${DEVICE.baseUrl}/activate`,
    });
    expect(await broker.activation.find(session.userCode ?? '', PERSON_IP)).toMatchObject({ kind: 'asking' });
    expect((await broker.storedClient(device.clientId)).liveSessionId).toBe(session.sessionId);
  });

  it('has the new request found in the log by the refresh that caused it', async () => {
    const { broker, device, successor } = await afterTheEnd();
    const { clientId, clientSecret, handle: refreshToken } = device;
    const correlationId = '2f9c1c5e-4a1b-4d83-9c5e-0a7f5d3b9e11';

    await broker.refreshTokens({ clientId, clientSecret, refreshToken, ...DEVICE, correlationId });

    const { sessionId } = successor();
    expect(successor().correlationId).toBe(correlationId);
    expect(broker.eventsOf('session_started').at(-1)).toEqual({
      event: 'session_started',
      sessionId,
      clientId,
      fleet: 'kiosks',
      correlationId,
    });
  });

  it('is found out by a request for role credentials too, and the operators are asked in its name', async () => {
    const { broker, device, successor } = await afterTheEnd('gateways');
    const correlationId = '2f9c1c5e-4a1b-4d83-9c5e-0a7f5d3b9e11';
    broker.portal.answerNext('unauthorized');

    expect(await broker.roleCredentials(device.handle, { ...DEVICE, correlationId })).toEqual(ASKED_AGAIN);

    expect(successor()).toMatchObject({ phase: 'awaiting_operator', sourceIp: DEVICE.sourceIp, correlationId });
  });

  it('asks them once, however often the device asks', async () => {
    const { time, broker, device, refresh } = await afterTheEnd();

    for (let ask = 0; ask < 10; ask += 1) {
      expect(await refresh()).toEqual(ASKED_AGAIN);
      time.advanceSeconds(600);
    }

    expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
    expect(broker.eventsOf('session_started')).toHaveLength(2);
  });

  it('asks them once when twenty processes of the device find out in the same moment, and tells all of them', async () => {
    const { time, broker, device, refreshAtOnce } = await signedInTogether('kiosks', { refreshes: { latencyMs: 300 } });
    await time.elapse(STALE_MS);
    broker.refreshes.endPortalSession();

    expect(await refreshAtOnce(20)).toEqual(Array.from({ length: 20 }, () => ASKED_AGAIN));
    expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
    expect(broker.eventsOf('session_started')).toHaveLength(2);
  });

  it('asks them once when twenty processes come after the end', async () => {
    const { broker, device, changeGrant, refreshAtOnce } = await signedInTogether('kiosks');
    await changeGrant(({ sealedCustody: _custody, ...grant }) => ({
      ...grant,
      endReason: 'session_ended',
      endedAtMs: 0,
    }));

    expect(await refreshAtOnce(20)).toEqual(Array.from({ length: 20 }, () => ASKED_AGAIN));
    expect(broker.sessionsOf(device.clientId)).toHaveLength(2);
  });

  it.each(['answer_lost', 'registration_expired', 'wrong_region'] as const)(
    'asks them again after %s too',
    async (endReason) => {
      const { refresh, changeGrant, successor } = await afterTheEnd();
      await changeGrant(({ sealedCustody: _custody, ...grant }) => ({ ...grant, endReason, endedAtMs: 0 }));

      expect(await refresh()).toEqual(ASKED_AGAIN);
      expect(successor().phase).toBe('awaiting_operator');
    },
  );

  it('goes on with the old handle as soon as somebody has approved', async () => {
    const { broker, device, refresh, approveAgain, successor } = await afterTheEnd();
    await refresh();
    await approveAgain();

    expect(await refresh()).toMatchObject({
      accessToken: 'upstream-access-token-2',
      tokenType: 'Bearer',
      refreshToken: device.handle,
    });
    expect(successor().phase).toBe('claimed');
    expect(broker.grantRecords.all()).toHaveLength(2);
  });

  it('goes on with the old handle for twenty processes at once, out of one delivery', async () => {
    const { time, broker, device, changeGrant, refreshAtOnce } = await signedInTogether('kiosks');
    await changeGrant(({ sealedCustody: _custody, ...grant }) => ({
      ...grant,
      endReason: 'session_ended',
      endedAtMs: 0,
    }));
    await refreshAtOnce(1);
    const { sessionId, userCode = '' } = broker.sessionsOf(device.clientId).at(-1) as Session;
    await broker.approve({ sessionId, userCode });

    const answers = await refreshAtOnce(20);
    await time.elapse(1_000);
    answers.push(...(await refreshAtOnce(20)));

    // Whoever came while another was polling AWS is told to wait; nobody is told anything else.
    const tokens = answers.map((answer) => ('refused' in answer ? answer.description : answer.accessToken));
    expect(new Set(tokens)).toEqual(new Set([ASKED_AGAIN.description, 'upstream-access-token-2']));
    expect(tokens.slice(20)).toEqual(Array.from({ length: 20 }, () => 'upstream-access-token-2'));
    expect(broker.upstream.issued).toHaveLength(2);
    expect(broker.eventsOf('tokens_delivered')).toHaveLength(2);
  });

  it('refreshes the new sign-in through the old handle, and ends and follows that one too', async () => {
    const { time, broker, device, refresh, end, approveAgain } = await afterTheEnd();
    for (let round = 0; round < 3; round += 1) {
      expect(await refresh()).toEqual(ASKED_AGAIN);
      await approveAgain();
      expect(await refresh()).toMatchObject({ refreshToken: device.handle });
      time.advance(STALE_MS);
      expect(await refresh()).toMatchObject({ accessToken: expect.stringMatching(/^refreshed-/) });
      end();
    }

    expect(broker.sessionsOf(device.clientId)).toHaveLength(4);
  });

  it('keeps nothing in the table with which the old handle, or the tokens, could be found', async () => {
    const { broker, device, refresh, approveAgain } = await afterTheEnd();
    await refresh();
    await approveAgain();
    await refresh();

    const stored = JSON.stringify([broker.memory.records.all(), broker.grantRecords.all()]);
    for (const secret of [device.handle, 'access-token', 'refresh-token']) expect(stored).not.toContain(secret);
  });

  it(`follows ${MAX_SUCCESSORS} portal sessions, and then wants the device to start anew`, async () => {
    const { refresh, end, approveAgain } = await afterTheEnd();
    for (let round = 1; round < MAX_SUCCESSORS; round += 1) {
      expect(await refresh()).toEqual(ASKED_AGAIN);
      await approveAgain();
      expect(await refresh()).toMatchObject({ tokenType: 'Bearer' });
      end();
    }

    expect(await refresh()).toEqual(ASKED_AGAIN);
    await approveAgain();
    expect(await refresh()).toEqual(ANEW);
  });
});
