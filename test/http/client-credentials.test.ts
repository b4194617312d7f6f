import { describe, expect, it } from 'vitest';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { basic, formCall, type HttpCall, jsonCall } from '../support/http-event.ts';

async function send(call: HttpCall) {
  const plane = makeHttpDevicePlane();
  const answer = await plane.send(call);
  return { ...answer, asked: plane.calls[0]?.request };
}

const rfc = (members: Record<string, string>, headers: Record<string, string> = {}) =>
  formCall('/device_authorization', members, { headers });

describe('the client’s credentials in the RFC dialect (RFC 6749 §2.3.1)', () => {
  it('may be in the body', async () => {
    const { asked } = await send(rfc({ client_id: 'id', client_secret: 'secret' }));

    expect(asked).toMatchObject({ clientId: 'id', clientSecret: 'secret' });
  });

  it.each([
    { what: 'plain', sent: basic('id', 'secret'), clientId: 'id', clientSecret: 'secret' },
    { what: 'form-encoded', sent: basic('i%20d', 's%3Aecret%2B'), clientId: 'i d', clientSecret: 's:ecret+' },
    { what: 'with + for a space', sent: basic('i+d', 'se+cret'), clientId: 'i d', clientSecret: 'se cret' },
    { what: 'with a colon in the secret', sent: basic('id', 'se:cret'), clientId: 'id', clientSecret: 'se:cret' },
    {
      what: 'in lower case',
      sent: { authorization: basic('id', 'secret').Authorization.replace('Basic', 'basic') },
      clientId: 'id',
      clientSecret: 'secret',
    },
  ])('may be HTTP Basic, $what', async ({ sent, clientId, clientSecret }) => {
    const { asked } = await send(rfc({}, sent));

    expect(asked).toMatchObject({ clientId, clientSecret });
  });

  it('may be HTTP Basic with the same client_id in the body', async () => {
    expect((await send(rfc({ client_id: 'id' }, basic('id', 'secret')))).status).toBe(200);
  });

  it.each([
    { what: 'a secret in the body', members: { client_secret: 'secret' } },
    { what: 'both in the body', members: { client_id: 'id', client_secret: 'secret' } },
    { what: 'another client_id in the body', members: { client_id: 'another' } },
  ])('may not be HTTP Basic and $what: invalid_request (RFC 6749 §2.3)', async ({ members }) => {
    expect(await send(rfc(members as Record<string, string>, basic('id', 'secret')))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: expect.stringContaining('Two client authentications') },
      asked: undefined,
    });
  });

  it.each([
    { what: 'nothing', members: {} },
    { what: 'no secret', members: { client_id: 'id' } },
    { what: 'an empty secret', members: { client_id: 'id', client_secret: '' } },
    { what: 'no id', members: { client_secret: 'secret' } },
  ])('with $what are invalid_client 401 without a challenge', async ({ members }) => {
    const { status, headers, body, asked } = await send(rfc(members as Record<string, string>));

    expect({ status, asked }).toEqual({ status: 401, asked: undefined });
    expect(body).toMatchObject({ error: 'invalid_client', message: expect.stringContaining('Send client_id') });
    expect(headers).not.toHaveProperty('WWW-Authenticate');
  });

  it.each([
    { what: 'no base64', header: 'Basic !!!' },
    { what: 'nothing behind Basic', header: 'Basic' },
    { what: 'no colon', header: `Basic ${btoa('id')}` },
    { what: 'no id', header: `Basic ${btoa(':secret')}` },
    { what: 'no secret', header: `Basic ${btoa('id:')}` },
    { what: 'a broken escape', header: `Basic ${btoa('id:%zz')}` },
    { what: 'bytes that are no text', header: `Basic ${btoa('i\u00ff:%E4')}` },
  ])('in a Basic header with $what are invalid_client 401 with a challenge', async ({ header }) => {
    expect(await send(rfc({}, { Authorization: header }))).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': 'Basic realm="fleet-token-broker"' },
      body: { error: 'invalid_client' },
      asked: undefined,
    });
  });

  it('are not what another scheme of the Authorization header carries', async () => {
    const { body } = await send(rfc({}, { Authorization: 'Bearer id:secret' }));

    expect(body).toHaveProperty('error', 'invalid_client');
  });
});

describe('the client’s credentials in the AWS dialect', () => {
  const members = { clientId: 'id', clientSecret: 'secret', startUrl: 'https://d-1234567890.awsapps.com/start' };

  it('are in the body', async () => {
    const { asked } = await send(jsonCall('/device_authorization', members));

    expect(asked).toMatchObject({ clientId: 'id', clientSecret: 'secret' });
  });

  it('are not taken from the Authorization header, which AWS clients fill with other things', async () => {
    const headers = basic('another', 'another');

    const { asked } = await send(jsonCall('/device_authorization', members, { headers }));

    expect(asked).toMatchObject({ clientId: 'id', clientSecret: 'secret' });
  });
});
