/** openid-client, the reference OAuth client for JavaScript, and the library under it, unmodified. */

import * as oauth from 'oauth4webapi';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type DiscoveryRequestOptions,
  discovery,
  dynamicClientRegistration,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  ResponseBodyError,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client';
import { describe, expect, it } from 'vitest';
import { inTurn, register } from '../support/device.ts';
import { eventually } from '../support/http.ts';
import { approve, broker, deny } from '../support/local-broker.ts';

const OPTIONS: DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [allowInsecureRequests] };

const METHODS = [
  ['client_secret_basic', ClientSecretBasic],
  ['client_secret_post', ClientSecretPost],
] as const;

/** Signs in; a person decides while the client polls. */
async function login(config: Configuration, decide = approve) {
  const started = await inTurn(() => initiateDeviceAuthorization(config, { scope: 'anything' }));
  await decide(broker(), started.user_code);
  return pollDeviceAuthorizationGrant(config, started);
}

describe.concurrent('openid-client', () => {
  it.each(METHODS)('discovers the broker, signs in, refreshes and revokes, by %s', async (_, method) => {
    const { clientId, clientSecret } = await register(broker());
    const config = await discovery(new URL(broker().api), clientId, undefined, method(clientSecret), OPTIONS);

    const tokens = await login(config);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: expect.any(Number) });
    const refreshToken = tokens.refresh_token ?? '';
    expect((await refreshTokenGrant(config, refreshToken)).refresh_token).toBe(refreshToken);
    await tokenRevocation(config, refreshToken);

    const error = await refreshTokenGrant(config, refreshToken).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ResponseBodyError);
    expect((error as ResponseBodyError).error_description).toMatch(/revoked. Start a new device authorization/);
  });

  it('registers with the enrollment key as the initial access token, and signs in with what it got', async () => {
    const metadata = { client_name: 'kiosk-7', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] };

    const config = await dynamicClientRegistration(new URL(broker().api), metadata, undefined, {
      ...OPTIONS,
      initialAccessToken: broker().enrollmentKey,
    });

    expect((await login(config)).access_token).toMatch(/^aoa/);
  });

  it('reports a denial in words', async () => {
    const { clientId, clientSecret } = await register(broker());
    const config = await discovery(new URL(broker().api), clientId, clientSecret, undefined, OPTIONS);

    const error = await login(config, deny).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ error: 'access_denied', error_description: expect.stringMatching(/denied/) });
  });

  it('reports wrong credentials in words, whichever way they were sent', async () => {
    const { clientId } = await register(broker());

    for (const [, method] of METHODS) {
      const config = await discovery(new URL(broker().api), clientId, undefined, method('wrong'), OPTIONS);
      const error = await initiateDeviceAuthorization(config, {}).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ error: 'invalid_client', error_description: expect.stringMatching(/Register/) });
    }
  });
});

describe.concurrent('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true } as const;

  it('accepts every answer of the flow as the RFCs have it', async () => {
    const issuer = new URL(broker().api);
    const as = await oauth
      .discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
      .then((response) => oauth.processDiscoveryResponse(issuer, response));
    const client = await oauth
      .dynamicClientRegistrationRequest(as, {}, { initialAccessToken: broker().enrollmentKey, ...insecure })
      .then(oauth.processDynamicClientRegistrationResponse);
    const authentication = oauth.ClientSecretBasic(String(client.client_secret));
    const started = await inTurn(() =>
      oauth
        .deviceAuthorizationRequest(as, client, authentication, {}, insecure)
        .then((response) => oauth.processDeviceAuthorizationResponse(as, client, response)),
    );

    const poll = () =>
      oauth
        .deviceCodeGrantRequest(as, client, authentication, started.device_code, insecure)
        .then((response) => oauth.processDeviceCodeResponse(as, client, response));
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' });
    await approve(broker(), started.user_code);
    const tokens = await eventually(() => poll().catch(() => undefined));

    const refreshed = await oauth
      .refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token ?? '', insecure)
      .then((response) => oauth.processRefreshTokenResponse(as, client, response));
    expect(refreshed.access_token).toBe(tokens.access_token);
    await oauth
      .revocationRequest(as, client, authentication, tokens.refresh_token ?? '', insecure)
      .then(oauth.processRevocationResponse);
  });
});
