/** What the running broker cannot be made to receive or say on one machine, with the deployed routes alone. */

import * as model from '@aws-sdk/client-sso-oidc';
import { describe, expect, it, vi } from 'vitest';
import { OAUTH_ERRORS, type OAuthErrorCode, refuse } from '../../lambda/core/oauth-error.ts';
import { DEVICE_GRANT } from './support/device.ts';
import { makeDeviceApp } from './support/device-app.ts';

// The faults below are meant, and need not be read about.
vi.hoisted(() => vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT'));

const CLIENT = { clientId: 'client-1', clientSecret: 'secret-1' };
const POLL = { ...CLIENT, deviceCode: 'code-1', grantType: DEVICE_GRANT };
const FORM = 'application/x-www-form-urlencoded';

/** Status that the SDK's own model has for an exception. */
function modelledStatus(exception: string): number | undefined {
  const schema = (model as unknown as Record<string, readonly unknown[] | undefined>)[`${exception}$`];
  return (schema?.[3] as { httpError?: number } | undefined)?.httpError;
}

describe('bodies in base64, which gateways make of what has no Content-Type and of forms', () => {
  const redeemed: unknown[] = [];
  const app = makeDeviceApp({
    redeemDeviceCode: async (grant) => {
      redeemed.push(grant);
      return refuse('authorization_pending', 'Wait.');
    },
  });

  it('JSON without a Content-Type is read', async () => {
    const answer = await app({ path: '/token', body: JSON.stringify(POLL), base64: true });

    expect(answer.json.error).toBe('authorization_pending');
    expect(redeemed.at(-1)).toEqual({ ...CLIENT, deviceCode: 'code-1' });
  });

  it('a form is read', async () => {
    const body = `grant_type=${DEVICE_GRANT}&client_id=client-1&client_secret=secret-1&device_code=code-1`;

    const answer = await app({ path: '/token', body, base64: true, headers: { 'content-type': FORM } });

    expect(answer.json.error).toBe('authorization_pending');
    expect(redeemed.at(-1)).toEqual({ ...CLIENT, deviceCode: 'code-1' });
  });
});

describe('the envelope of every error', () => {
  const codes = Object.keys(OAUTH_ERRORS) as OAuthErrorCode[];

  it.each(codes)('%s has its exception as a bare name, and the three texts', async (code) => {
    const app = makeDeviceApp({ redeemDeviceCode: async () => refuse(code, 'Do this next.') });

    const answer = await app({ path: '/token', body: JSON.stringify(POLL) });

    expect(answer.headers?.['x-amzn-ErrorType']).toMatch(/^[A-Za-z]+Exception$/);
    expect(answer.json).toEqual({ error: code, error_description: 'Do this next.', message: 'Do this next.' });
  });

  it.each(codes)('%s is an exception of the model, with its status', async (code) => {
    const { exception, status } = OAUTH_ERRORS[code];

    // Two are meant otherwise: 503 is what OAuth clients survive, and RFC 6750 §3.1 wants 401 for a bad initial token.
    const meant = { server_error: 503, invalid_token: 401 }[code as string];
    expect(modelledStatus(exception)).toBeTypeOf('number');
    expect(status).toBe(meant ?? modelledStatus(exception));
  });

  it('a fault while a device polls is slow_down, so that it goes on polling', async () => {
    const app = makeDeviceApp({ redeemDeviceCode: () => Promise.reject(new Error('a bug')) });

    const answer = await app({ path: '/token', body: JSON.stringify(POLL), base64: true });

    expect(answer.statusCode).toBe(400);
    expect(answer.json.error).toBe('slow_down');
    expect(answer.body).not.toContain('a bug');
  });

  it.each([true, false])('a fault at a refresh is a server error with Retry-After (base64: %s)', async (base64) => {
    const app = makeDeviceApp({ refreshTokens: () => Promise.reject(new Error('a bug')) });
    const body = JSON.stringify({ ...CLIENT, grantType: 'refresh_token', refreshToken: 'handle-1' });

    const answer = await app({ path: '/token', body, base64 });

    expect(answer.statusCode).toBe(503);
    expect(answer.headers?.['Retry-After']).toBe('5');
    expect(answer.json.error).toBe('server_error');
  });
});

describe('verification links', () => {
  const links = [
    'https://device.sso.us-east-1.amazonaws.com/?user_code=PMPJ-VZCJ',
    'https://d-1234567890.awsapps.com/start/#/device?user_code=PMPJ-VZCJ',
    'https://us-east-1.signin.aws/platform/authorize?request_uri=urn%3Aietf%3Aa%2Bb&x=%e4%F6+c%20d#f?',
    'HTTPS://Device.Example:443/ä b"\\/\u2028',
  ];

  it.each(links)('%s is relayed byte for byte, in both dialects', async (link) => {
    const app = makeDeviceApp({
      startSession: async () => ({
        deviceCode: 'code-1',
        userCode: 'PMPJ-VZCJ',
        verificationUri: link,
        verificationUriComplete: link,
        expiresIn: 600,
        interval: 1,
      }),
    });

    const aws = await app({
      path: '/device_authorization',
      body: JSON.stringify({ ...CLIENT, startUrl: 'https://x' }),
    });
    const rfc = await app({
      path: '/device_authorization',
      body: 'client_id=client-1&client_secret=secret-1',
      headers: { 'Content-Type': FORM },
    });

    expect([aws.json.verificationUri, aws.json.verificationUriComplete]).toEqual([link, link]);
    expect([rfc.json.verification_uri, rfc.json.verification_uri_complete]).toEqual([link, link]);
  });
});
