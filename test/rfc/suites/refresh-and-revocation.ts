/** RFC 6749 §6 and RFC 7009: refreshing, and giving back. Item numbers are those of docs/rfc-8628.md. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type DeviceClient, login, poll, pollToTheEnd, register, start } from '../../clients/support/device.ts';
import { type Answer, basic, postForm } from '../../clients/support/http.ts';
import { approve, broker, operate, upstreamCalls } from '../../clients/support/local-broker.ts';

const refresh = ({ clientId, clientSecret }: DeviceClient, refreshToken: string, more = {}): Promise<Answer> =>
  postForm(
    `${broker().api}/token`,
    { grant_type: 'refresh_token', refresh_token: refreshToken, ...more },
    { Authorization: basic(clientId, clientSecret) },
  );

const revoke = ({ clientId, clientSecret }: DeviceClient, parameters: Record<string, string>): Promise<Answer> =>
  postForm(`${broker().api}/revoke`, parameters, { Authorization: basic(clientId, clientSecret) });

function expectRefusal(answer: Answer, error: string, status = 400): void {
  expect([answer.status, answer.body.error]).toEqual([status, error]);
}

describe.concurrent('refreshing', () => {
  it('RFC 6749 §6: answers like the first time, and nobody may keep it', async () => {
    const device = await login(broker());

    const { status, headers, body } = await refresh(device, device.refreshToken);

    expect(status).toBe(200);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'refresh_token', 'token_type']);
  });

  it('RFC 6749 §5.1 (item 33): expires_in is what is left now, not at the beginning', async () => {
    const device = await login(broker());
    await sleep(2_000);

    const { body } = await refresh(device, device.refreshToken);

    expect(body.access_token).toBe(device.accessToken);
    expect(Number(body.expires_in)).toBeLessThanOrEqual(device.expiresIn - 1);
  });

  it('RFC 6749 §6 (item 39): a refresh token is of its client alone', async () => {
    const device = await login(broker());
    const stranger = await register(broker());

    expectRefusal(await refresh(stranger, device.refreshToken), 'invalid_grant');

    expect((await refresh(device, device.refreshToken)).status).toBe(200);
  });

  it('RFC 6749 §10.10 (item 39): a refresh token has 256 bits and is never the same', async () => {
    const tokens = (await Promise.all([login(broker()), login(broker())])).map(({ refreshToken }) => refreshToken);

    expect(tokens.map((token) => Buffer.from(token, 'base64url').length)).toEqual([32, 32]);
    expect(new Set(tokens).size).toBe(2);
  });

  it('RFC 9700 §4.14.2 (item 40): no client is public, so a stolen refresh token alone opens nothing', async () => {
    const { clientId, refreshToken } = await login(broker());
    const parameters = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId };

    expectRefusal(await postForm(`${broker().api}/token`, parameters), 'invalid_client', 401);
  });

  it('RFC 9700 §4.14.2 (item 41): the refresh token of Identity Center stays with the broker', async () => {
    const { refreshToken } = await login(broker());

    expect(refreshToken).not.toMatch(/^aor/);
  });

  it('RFC 6749 §6 (item 42): a scope at a refresh widens nothing', async () => {
    const device = await login(broker());

    const { status, body } = await refresh(device, device.refreshToken, { scope: 'everything' });

    expect(status).toBe(200);
    expect(body).not.toHaveProperty('scope');
  });

  it('RFC 9700 §4.14.2 (item 44): a revoked client refreshes no more', async () => {
    const device = await login(broker());
    await operate(broker(), 'POST', `/clients/${device.clientId}/revoke`, { reason: 'scrapped' });

    expectRefusal(await refresh(device, device.refreshToken), 'invalid_client', 401);
  });

  it('RFC 9700 §2.5 (item 47): the client authenticates at every endpoint', async () => {
    const { clientId } = await login(broker());

    for (const path of ['/device_authorization', '/token', '/revoke']) {
      const parameters = { client_id: clientId, grant_type: 'refresh_token', refresh_token: 'x', token: 'x' };
      expectRefusal(await postForm(`${broker().api}${path}`, parameters), 'invalid_client', 401);
    }
  });
});

describe.concurrent('revoking', () => {
  it('RFC 7009 §2.2 (item 48): revoking twice, or what nobody knows, is 200', async () => {
    const device = await login(broker());
    await revoke(device, { token: device.refreshToken });

    expect((await revoke(device, { token: device.refreshToken })).status).toBe(200);
    expect((await revoke(device, { token: 'unknown', token_type_hint: 'something' })).status).toBe(200);
  });

  it('RFC 7009 §2.1 (item 48): without a token it is refused', async () => {
    expectRefusal(await revoke(await register(broker()), {}), 'invalid_request');
  });

  it('RFC 7009 §2.1 (item 48): the client authenticates, and a token of another client is not touched', async () => {
    const device = await login(broker());
    const stranger = await register(broker());

    expectRefusal(
      await revoke({ ...device, clientSecret: 'x' }, { token: device.refreshToken }),
      'invalid_client',
      401,
    );
    expectRefusal(await revoke(stranger, { token: device.refreshToken }), 'invalid_grant');

    expect((await refresh(device, device.refreshToken)).status).toBe(200);
  });

  it('RFC 7009 §2.1 (item 48): a pending device code can be revoked, and no approval brings it back', async () => {
    const device = await start(broker());

    expect((await revoke(device, { token: device.deviceCode })).status).toBe(200);
    await approve(broker(), device.userCode);

    expectRefusal(await pollToTheEnd(broker(), device), 'access_denied');
  });

  it('RFC 7009 §2.1 (item 48): revoking a used device code ends the refresh token that it gave', async () => {
    const device = await login(broker());

    expect((await revoke(device, { token: device.deviceCode })).status).toBe(200);

    expectRefusal(await refresh(device, device.refreshToken), 'invalid_grant');
    expectRefusal(await poll(broker(), device), 'access_denied');
  });
});

describe('errors', () => {
  it('RFC 6749 §5.2 (item 34): the challenge comes to who used Basic, under the name that API Gateway leaves it', async () => {
    const byBasic = await refresh({ clientId: 'a', clientSecret: 'b' }, 'x');

    expectRefusal(byBasic, 'invalid_client', 401);
    // A REST API renames WWW-Authenticate. No client needs it, and openid-client is better off without.
    expect(byBasic.headers.get('x-amzn-remapped-www-authenticate')).toBe('Basic realm="fleet-token-broker"');
    expect(byBasic.headers.get('www-authenticate')).toBeNull();
  });

  it('RFC 6749 §5.2 (item 34): nobody else is challenged', async () => {
    const parameters = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'a', client_secret: 'b' };
    const inBody = await postForm(`${broker().api}/token`, parameters);
    const pending = await poll(broker(), await start(broker()));

    for (const { headers } of [inBody, pending]) expect(headers.get('x-amzn-remapped-www-authenticate')).toBeNull();
  });

  it('RFC 6749 §5.2 (item 34): a text from the request does not come back in an error', async () => {
    const answer = await postForm(`${broker().api}/token`, { grant_type: 'a"b\r\nc\\d\u00e9' });

    expectRefusal(answer, 'unsupported_grant_type');
    expect(answer.body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(answer.text).not.toContain('a\\"b');
  });
});

describe('what upstream hears', () => {
  it('RFC 7009 §2.1 (item 48): a refresh token ends its grant, and upstream hears no more of it', async () => {
    const device = await login(broker());

    const answer = await revoke(device, { token: device.refreshToken, token_type_hint: 'refresh_token' });

    expect(answer.status).toBe(200);
    const before = upstreamCalls(broker(), 'CreateToken');
    expectRefusal(await refresh(device, device.refreshToken), 'invalid_grant');
    expect(upstreamCalls(broker(), 'CreateToken')).toBe(before);
  });

  it('RFC 9700 §4.14.2 (item 43): a refresh token ends with the session at Identity Center, and says why', async () => {
    const { identityCenterKnobs } = broker();
    Object.assign(identityCenterKnobs, { accessTokenLifetimeSeconds: 4, sessionLifetimeSeconds: 3 });
    const device = await login(broker());
    Object.assign(identityCenterKnobs, { accessTokenLifetimeSeconds: 3600, sessionLifetimeSeconds: 28_800 });
    await sleep(3_000);

    const answer = await refresh(device, device.refreshToken);

    expectRefusal(answer, 'invalid_grant');
    expect(answer.body.error_description).toMatch(/session has ended.*Start a new device authorization/);
  });
});
