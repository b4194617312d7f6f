/** `/token`, `/revoke` and `/credentials` as they come over the wire. */

import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { postForm, postJson, send } from '../clients/support/http.ts';
import { continueToAws } from '../support/browser.ts';
import type { RunningBroker, RunningSignIn } from '../support/running-broker.ts';

export function tokensSuite(running: RunningBroker): void {
  const { broker, signIn, refresh, refreshByForm, upstreamCalls } = running;
  const knobs = () => broker().identityCenterKnobs;
  const credentials = ({ handle }: RunningSignIn) =>
    send(`${broker().api}/credentials`, { headers: { Authorization: handle } });

  describe('/token in a fleet that releases credentials', () => {
    it('gives the handle in both dialects, at the first turn, again and on refresh, and no token of AWS', async () => {
      const device = await signIn('gateways');
      const answers = [
        device.answer,
        await running.poll(device),
        await running.pollByForm(device),
        await refresh(device, device.handle),
        await refreshByForm(device, device.handle),
      ];

      const { handle } = device;
      const [aws, rfc] = [
        { accessToken: handle, refreshToken: handle, tokenType: 'Bearer', expiresIn: expect.any(Number) },
        { access_token: handle, refresh_token: handle, token_type: 'Bearer', expires_in: expect.any(Number) },
      ];
      expect(handle).toMatch(/^[\w-]{43}$/);
      expect(answers.map(({ body }) => body)).toEqual([aws, aws, rfc, aws, rfc]);
      for (const { text } of answers) expect(text).not.toMatch(/ao[ar]AAAAA/);
    });
  });

  describe('a handle whose token, or whose portal session, is over', () => {
    let kiosk: RunningSignIn;
    let gateway: RunningSignIn;
    beforeAll(async () => {
      Object.assign(knobs(), { accessTokenLifetimeSeconds: 1 });
      kiosk = await signIn('kiosks');
      Object.assign(knobs(), { sessionLifetimeSeconds: 1 });
      gateway = await signIn('gateways');
      Object.assign(knobs(), { accessTokenLifetimeSeconds: 3_600, sessionLifetimeSeconds: 28_800 });
      await sleep(1_000);
    });

    it('says when to come back while AWS does not refresh a dead token', async () => {
      // More than one: the polling loop may ask in between.
      knobs().failNext = [{ operation: 'CreateToken', status: 500, count: 20 }];
      const { status, headers, body } = await refresh(kiosk, kiosk.handle);
      knobs().failNext = [];

      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      expect(body).toMatchObject({
        error: 'server_error',
        error_description: 'Identity Center did not refresh the token. Wait and try again.',
      });
    });

    it('asks AWS once for twenty processes that refresh at once, and gives them one answer', async () => {
      const before = upstreamCalls('CreateToken', 'ok');

      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(kiosk, kiosk.handle)));

      expect(new Set(answers.map(({ status, body }) => `${status} ${body.accessToken}`)).size).toBe(1);
      expect(answers[0]?.body).toMatchObject({ tokenType: 'Bearer', refreshToken: kiosk.handle });
      expect(upstreamCalls('CreateToken', 'ok')).toBe(before + 1);
    });

    it('is one request in the operators’ queue for twenty that find out at once, and works again after it', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => credentials(gateway)));

      expect(new Set(answers.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
        new Set(['403 SessionEnded']),
      );
      expect(answers[0]?.body.message).toContain('The operators have been asked to approve this device again');
      const { body } = await running.operate('GET', `/sessions?client=${gateway.clientId}`);
      const sessions = body.sessions as { phase: string; verificationUriComplete: string }[];
      expect(sessions.map(({ phase }) => phase)).toEqual(['awaiting_operator', 'claimed']);

      await running.decide('approve', await continueToAws(sessions[0]?.verificationUriComplete ?? ''));
      await expect.poll(async () => (await credentials(gateway)).status, { timeout: 10_000, interval: 250 }).toBe(200);
      expect((await credentials(gateway)).body).toMatchObject({ AccountId: '111122223333' });
    });
  });

  describe('a living handle', () => {
    let devices: RunningSignIn[];
    beforeAll(async () => {
      devices = await Promise.all([1, 2, 3].map(() => signIn('gateways')));
    });
    const device = (index: number): RunningSignIn => devices[index] as RunningSignIn;

    it.each(['json', 'form'])(
      'is revoked with an empty 200 in dialect %s, known or not (RFC 7009 §2.2)',
      async (dialect) => {
        const revoked = device(dialect === 'json' ? 0 : 1);
        const { clientId, clientSecret, handle } = revoked;
        const revoke = (token: string) =>
          dialect === 'json'
            ? postJson(`${broker().api}/revoke`, { clientId, clientSecret, token })
            : postForm(`${broker().api}/revoke`, { client_id: clientId, client_secret: clientSecret, token });

        const answers = [await revoke(handle), await revoke(handle), await revoke('never-was')];

        expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [200, '{}']));
        expect((await refresh(revoked, handle)).body).toMatchObject({ error: 'invalid_grant' });
        expect(await credentials(revoked)).toMatchObject({ status: 403, body: { code: 'SessionEnded' } });
      },
    );

    it('gets a 503 that says when to come back while the portal is down, and credentials right after', async () => {
      knobs().failNext = [{ operation: 'GetRoleCredentials', status: 429, count: 1 }];

      const { status, headers, body } = await credentials(device(2));

      expect([status, headers.get('retry-after'), body.code]).toEqual([503, '2', 'ServiceUnavailable']);
      expect((await credentials(device(2))).status).toBe(200);
    });

    it('gets another role’s credentials once an operator gave its client one, and none of a role that nobody has', async () => {
      const setRole = (role: object | null) => running.operate('POST', `/clients/${device(2).clientId}/role`, { role });
      const { AccessKeyId } = (await credentials(device(2))).body;

      await setRole({ accountId: '444455556666', roleName: 'DeviceRole' });
      expect((await credentials(device(2))).body).toMatchObject({ AccountId: '444455556666' });
      await setRole({ accountId: '444455556666', roleName: 'Nobody' });
      expect((await credentials(device(2))).body).toMatchObject({
        code: 'AccessDenied',
        message: expect.stringContaining('has no role Nobody in account 444455556666'),
      });
      await setRole(null);
      const { body } = await credentials(device(2));
      expect(body).toMatchObject({ AccountId: '111122223333' });
      expect(body.AccessKeyId).not.toBe(AccessKeyId);
    });
  });

  it('/credentials answers what is no handle, and what is none at all, in the providers’ words', async () => {
    const url = `${broker().api}/credentials`;

    expect(await send(url, {})).toMatchObject({ status: 401, body: { code: 'MissingAuthorization' } });
    expect(await send(url, { headers: { Authorization: 'never-was' } })).toMatchObject({
      status: 403,
      body: { code: 'AccessDenied', message: 'This handle is not known here. Sign the device in again.' },
    });
  });
}
