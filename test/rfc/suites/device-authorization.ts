/** RFC 8628 §3.1 and §3.2: the device authorization endpoint. Item numbers are those of docs/rfc-8628.md. */

import { describe, expect, it } from 'vitest';
import { register, start } from '../../clients/support/device.ts';
import { type Answer, basic, postForm, postJson, postText, send } from '../../clients/support/http.ts';
import { broker, upstreamCalls } from '../../clients/support/local-broker.ts';
import { brokerTemplate } from '../../support/synth.ts';

const endpoint = (): string => `${broker().api}/device_authorization`;

/** The credentials of a new client, as form parameters. */
async function credentials(): Promise<{ client_id: string; client_secret: string }> {
  const { clientId, clientSecret } = await register(broker());
  return { client_id: clientId, client_secret: clientSecret };
}

function expectRefusal(answer: Answer, status: number, error: string): void {
  expect([answer.status, answer.body.error]).toEqual([status, error]);
  expect(answer.body.error_description).toBeTypeOf('string');
}

describe('the request', () => {
  it('RFC 8628 §3.1 (item 1): is a POST; GET is refused with the method to use', async () => {
    const answer = await send(endpoint(), { method: 'GET' });

    expectRefusal(answer, 405, 'invalid_request');
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('RFC 8628 §3.1 (item 1): is a form; the same parameters as JSON are refused', async () => {
    expectRefusal(await postJson(endpoint(), await credentials()), 400, 'invalid_request');
  });

  it('RFC 8628 §3.1 (item 1): parameters in the query string are none', async () => {
    const answer = await postForm(`${endpoint()}?${new URLSearchParams(await credentials())}`, {});

    expectRefusal(answer, 401, 'invalid_client');
  });

  it('RFC 6749 §3.1 (item 2): an empty value counts as absent', async () => {
    expectRefusal(await postForm(endpoint(), { ...(await credentials()), client_secret: '' }), 401, 'invalid_client');
  });

  it('RFC 6749 §3.1 (item 2): unknown parameters are ignored, and so is a scope', async () => {
    const answer = await postForm(endpoint(), { ...(await credentials()), scope: 'openid x', unknown: '1' });

    expect(answer.status).toBe(200);
  });

  it('RFC 6749 §3.1 (item 2): a repeated parameter is refused', async () => {
    const { client_id, client_secret } = await credentials();

    const answer = await postForm(endpoint(), [
      ['client_id', client_id],
      ['client_secret', client_secret],
      ['client_id', client_id],
    ]);

    expectRefusal(answer, 400, 'invalid_request');
  });

  it('RFC 8628 §3.1 (item 3): the client authenticates as at the token endpoint, in the body or by Basic', async () => {
    const { client_id, client_secret } = await credentials();

    const inBody = await postForm(endpoint(), { client_id, client_secret });
    const byBasic = await postForm(endpoint(), {}, { Authorization: basic(client_id, client_secret) });
    const bySchemeInAnyCase = await postForm(
      endpoint(),
      { client_id },
      { Authorization: basic(client_id, client_secret).replace('Basic', 'bAsIc') },
    );

    expect([inBody.status, byBasic.status, bySchemeInAnyCase.status]).toEqual([200, 200, 200]);
  });

  it('RFC 8628 §3.1 (item 3): without authentication nothing starts, not even upstream', async () => {
    const before = upstreamCalls(broker(), 'StartDeviceAuthorization');

    const { client_id } = await credentials();
    expectRefusal(await postForm(endpoint(), {}), 401, 'invalid_client');
    expectRefusal(await postForm(endpoint(), { client_id }), 401, 'invalid_client');
    expectRefusal(await postForm(endpoint(), { client_id, client_secret: 'x' }), 401, 'invalid_client');

    expect(upstreamCalls(broker(), 'StartDeviceAuthorization')).toBe(before);
  });

  it('RFC 8628 §3.1 (item 4): the address of a deployment is https, and the API has no other', () => {
    const outputs = JSON.stringify(brokerTemplate().toJSON().Outputs);

    expect(outputs).toContain('https://');
    expect(outputs).not.toContain('http://');
  });

  it('RFC 6749 §2.3 (item 5): two authentications in one request are refused', async () => {
    const parameters = await credentials();
    const Authorization = basic(parameters.client_id, parameters.client_secret);

    expectRefusal(await postForm(endpoint(), parameters, { Authorization }), 400, 'invalid_request');
  });

  it('RFC 6749 §2.3.1 (item 5): the halves of Basic are form-decoded', async () => {
    const { client_id, client_secret } = await credentials();
    const everyCharacter = [...client_secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    const Authorization = `Basic ${Buffer.from(`${client_id}:${everyCharacter}`).toString('base64')}`;

    expect((await postForm(endpoint(), {}, { Authorization })).status).toBe(200);
  });

  it.each([
    ['without a colon', Buffer.from('client').toString('base64')],
    ['not in base64', '%%%'],
    ['empty', ''],
  ])('RFC 6749 §2.3.1 (item 5): credentials %s are no authentication', async (_, encoded) => {
    const answer = await postForm(endpoint(), {}, { Authorization: `Basic ${encoded}` });

    expectRefusal(answer, 401, 'invalid_client');
  });
});

describe('the answer', () => {
  const authorize = async (): Promise<Answer> => postForm(endpoint(), await credentials());

  it('RFC 8628 §3.2 (item 6): is 200 in JSON, texts as strings and times as numbers', async () => {
    const { status, headers, body } = await authorize();

    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toEqual({
      device_code: expect.any(String),
      user_code: expect.any(String),
      verification_uri: expect.any(String),
      verification_uri_complete: expect.any(String),
      expires_in: expect.any(Number),
      interval: expect.any(Number),
    });
  });

  it('RFC 8628 §3.2 (item 7): expires_in is what is left of the code upstream, never more', async () => {
    broker().identityCenterKnobs.deviceCodeLifetimeSeconds = 77;
    const { body } = await authorize();
    broker().identityCenterKnobs.deviceCodeLifetimeSeconds = 600;

    expect(body.expires_in).toBeLessThanOrEqual(77);
    expect(body.expires_in).toBeGreaterThan(60);
  });

  it('RFC 8628 §3.2 (item 8): interval is sent, a whole number of at least one', async () => {
    const { body } = await authorize();

    expect(Number.isInteger(body.interval)).toBe(true);
    expect(body.interval).toBeGreaterThanOrEqual(1);
  });

  it('RFC 6749 §5.1 (item 9): nobody may keep it', async () => {
    const { headers } = await authorize();

    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  });

  it.each([
    ['text', 'text/plain'],
    ['XML', 'application/xml'],
  ])('RFC 6749 §5.2 (item 10): %s is refused with an error and a description', async (_, type) => {
    expectRefusal(await postText(endpoint(), '<a/>', { 'Content-Type': type }), 400, 'invalid_request');
  });

  it('RFC 8628 §3.3 (item 11): verification_uri does not hold the user code', async () => {
    const { body } = await authorize();

    expect(String(body.verification_uri)).not.toContain(String(body.user_code));
  });

  it('RFC 8628 §3.2 (item 12): no member is null', async () => {
    expect(Object.values((await authorize()).body)).not.toContain(null);
  });

  it('RFC 6749 §10.10 (item 13): a device code has 48 random bytes, its own and never the same', async () => {
    const codes = await Promise.all(Array.from({ length: 5 }, async () => (await start(broker())).deviceCode));

    const randomParts = codes.map((code) => Buffer.from(code, 'base64url').subarray(0, 48));
    expect(randomParts.every((part) => part.length === 48)).toBe(true);
    expect(new Set(randomParts.map((part) => part.toString('hex'))).size).toBe(5);
  });

  it('RFC 8628 §6.1 (item 14): the user code is the one that Identity Center shows, easy to type', async () => {
    expect((await start(broker())).userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  });

  it('RFC 8628 §3.2 (item 15): no two authorizations share a user code', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, async () => (await start(broker())).userCode));

    expect(new Set(codes).size).toBe(20);
  });

  it('RFC 8628 §3.3 (item 16): verification_uri leads to a page that asks for the user code', async () => {
    const { body } = await authorize();

    const page = await send(String(body.verification_uri), {});

    expect(page.status).toBe(200);
    expect(page.text).toMatch(/name="user_code"/);
  });
});
