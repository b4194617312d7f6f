import { describe, expect, it } from 'vitest';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { formCall, type HttpCall, jsonCall } from '../support/http-event.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const AWS_CLIENT = { clientId: 'id', clientSecret: 'secret' };
const RFC_CLIENT = { client_id: 'id', client_secret: 'secret' };

async function send(call: HttpCall) {
  const plane = makeHttpDevicePlane();
  const answer = await plane.send(call);
  return { ...answer, calls: plane.calls };
}

const OK = {
  status: 200,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' },
};

describe('POST /device_authorization', () => {
  it('answers in the AWS dialect as StartDeviceAuthorization does', async () => {
    const call = jsonCall('/device_authorization', {
      ...AWS_CLIENT,
      startUrl: 'https://d-1234567890.awsapps.com/start',
    });

    const { calls: _, ...answer } = await send(call);

    expect(answer).toEqual({
      ...OK,
      body: {
        deviceCode: 'device-code',
        userCode: 'BCDF-GHJK',
        verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
        verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=BCDF-GHJK',
        expiresIn: 600,
        interval: 5,
      },
    });
  });

  it('answers in the RFC dialect as RFC 8628 §3.2 says', async () => {
    const { calls: _, ...answer } = await send(formCall('/device_authorization', { ...RFC_CLIENT, scope: 'any' }));

    expect(answer).toEqual({
      ...OK,
      body: {
        device_code: 'device-code',
        user_code: 'BCDF-GHJK',
        verification_uri: 'https://d-1234567890.awsapps.com/start/#/device',
        verification_uri_complete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=BCDF-GHJK',
        expires_in: 600,
        interval: 5,
      },
    });
  });

  it('takes the device’s address from the gateway, not from a header', async () => {
    const headers = { 'X-Forwarded-For': '198.51.100.1', 'X-Real-IP': '198.51.100.2' };

    const { calls } = await send(formCall('/device_authorization', RFC_CLIENT, { headers }));

    expect(calls[0]?.request).toMatchObject({ sourceIp: '192.0.2.7' });
  });
});

describe('POST /token', () => {
  it('answers in the AWS dialect as CreateToken does', async () => {
    const call = jsonCall('/token', { ...AWS_CLIENT, grantType: DEVICE_GRANT, deviceCode: 'code' });

    const { calls, ...answer } = await send(call);

    expect(calls).toEqual([{ operation: 'redeemDeviceCode', request: { ...AWS_CLIENT, deviceCode: 'code' } }]);
    expect(answer).toEqual({
      ...OK,
      body: { accessToken: 'access-token', tokenType: 'Bearer', expiresIn: 28_800, refreshToken: 'handle' },
    });
  });

  it('answers in the RFC dialect as RFC 6749 §5.1 says', async () => {
    const call = formCall('/token', { ...RFC_CLIENT, grant_type: DEVICE_GRANT, device_code: 'code' });

    const { calls: _, ...answer } = await send(call);

    expect(answer).toEqual({
      ...OK,
      body: { access_token: 'access-token', token_type: 'Bearer', expires_in: 28_800, refresh_token: 'handle' },
    });
  });

  it('takes the device grant also as AWS’s Ruby example spells it', async () => {
    const grantType = 'urn:ietf:params:oauth:grant-type:device-code';

    expect((await send(jsonCall('/token', { ...AWS_CLIENT, grantType, deviceCode: 'code' }))).status).toBe(200);
  });

  it.each([
    jsonCall('/token', { ...AWS_CLIENT, grantType: 'refresh_token', refreshToken: 'handle' }),
    formCall('/token', { ...RFC_CLIENT, grant_type: 'refresh_token', refresh_token: 'handle' }),
  ])('refreshes with the refresh_token grant (RFC 6749 §6)', async (call) => {
    const { status, calls } = await send(call);

    expect(status).toBe(200);
    expect(calls).toMatchObject([{ operation: 'refreshTokens', request: { ...AWS_CLIENT, refreshToken: 'handle' } }]);
  });

  it.each(['authorization_code', 'client_credentials', 'password', `${DEVICE_GRANT} `, DEVICE_GRANT.toUpperCase()])(
    'refuses the grant %j by name and says which there are',
    async (grantType) => {
      const { status, body, calls } = await send(jsonCall('/token', { ...AWS_CLIENT, grantType, deviceCode: 'code' }));

      expect([status, body.error, calls]).toEqual([400, 'unsupported_grant_type', []]);
      expect(body.message).toMatch(/device_code and refresh_token/);
    },
  );

  it.each([{ aws_iam: 't' }, { aws_iam: '' }])('refuses CreateTokenWithIAM (%j): another operation', async (query) => {
    const call = jsonCall('/token', { ...AWS_CLIENT, grantType: DEVICE_GRANT, deviceCode: 'code' }, { query });

    const { body, calls } = await send(call);

    expect([body.error, calls]).toEqual(['unsupported_grant_type', []]);
    expect(body.message).toContain('CreateTokenWithIAM');
  });

  it.each([
    { call: formCall('/token', { ...RFC_CLIENT, grant_type: DEVICE_GRANT }), missing: 'device_code' },
    { call: jsonCall('/token', { ...AWS_CLIENT, grantType: DEVICE_GRANT }), missing: 'deviceCode' },
    { call: formCall('/token', { ...RFC_CLIENT, grant_type: 'refresh_token' }), missing: 'refresh_token' },
  ])('without $missing is invalid_request (RFC 8628 §3.4)', async ({ call, missing }) => {
    const { status, body } = await send(call);

    expect([status, body.error, body.message]).toEqual([
      400,
      'invalid_request',
      `${missing} is missing. Send it in the body.`,
    ]);
  });
});

describe('POST /revoke', () => {
  it('answers 200 and nothing else (RFC 7009 §2.2)', async () => {
    const { calls, ...answer } = await send(formCall('/revoke', { ...RFC_CLIENT, token: 't', token_type_hint: 'x' }));

    expect(answer).toEqual({ ...OK, body: {} });
    expect(calls).toMatchObject([{ operation: 'revokeToken', request: { ...AWS_CLIENT, token: 't' } }]);
  });
});
