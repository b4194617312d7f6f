import { describe, expect, it } from 'vitest';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { formCall, type HttpCall, jsonCall } from '../support/http-event.ts';

const START_URL = 'https://d-1234567890.awsapps.com/start';
const AWS_MEMBERS = { clientId: 'id', clientSecret: 'secret', startUrl: START_URL };
const RFC_MEMBERS = { client_id: 'id', client_secret: 'secret' };
const FROM = { sourceIp: '192.0.2.7', baseUrl: 'https://broker.example/v1' };

const aws = (members: unknown, own?: Partial<HttpCall>) => jsonCall('/device_authorization', members, own);
const rfc = (members: Record<string, string> | string, own?: Partial<HttpCall>) =>
  formCall('/device_authorization', members, own);

/** What the plane was asked, and what came back. */
async function send(call: HttpCall) {
  const plane = makeHttpDevicePlane();
  const answer = await plane.send(call);
  return { ...answer, asked: plane.calls[0]?.request };
}

describe('the dialect of a request', () => {
  it.each([
    { type: 'application/json' },
    { type: 'application/json; charset=utf-8' },
    { type: 'application/x-amz-json-1.1' },
    { type: 'text/plain' },
  ])('is the AWS one with Content-Type $type', async ({ type }) => {
    const { body, asked } = await send(aws(AWS_MEMBERS, { headers: { 'Content-Type': type } }));

    expect(asked).toEqual({ ...AWS_MEMBERS, ...FROM });
    expect(body).toHaveProperty('deviceCode', 'device-code');
  });

  it.each([false, true])(
    'is the AWS one without any Content-Type, as AWS CLI 2.1 sends it (base64: %s)',
    async (base64) => {
      const { body, asked } = await send({ path: '/device_authorization', body: JSON.stringify(AWS_MEMBERS), base64 });

      expect(asked).toEqual({ ...AWS_MEMBERS, ...FROM });
      expect(body).toHaveProperty('deviceCode');
    },
  );

  it.each([
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=UTF-8',
    'APPLICATION/X-WWW-FORM-URLENCODED',
    ' application/x-www-form-urlencoded',
  ])('is the RFC one with Content-Type %j', async (type) => {
    const { body, asked } = await send(rfc(RFC_MEMBERS, { headers: { 'Content-Type': type } }));

    expect(asked).toEqual({ clientId: 'id', clientSecret: 'secret', startUrl: undefined, ...FROM });
    expect(body).toHaveProperty('device_code', 'device-code');
  });

  it('is found whatever the case of the header’s name', async () => {
    const { status } = await send({
      path: '/device_authorization',
      body: 'client_id=id&client_secret=secret',
      headers: { 'content-TYPE': 'application/x-www-form-urlencoded' },
    });

    expect(status).toBe(200);
  });

  it.each([false, true])('of a form is read from base64 too (base64: %s)', async (base64) => {
    const { asked } = await send(rfc({ client_id: 'i d', client_secret: 'ä+&=%' }, { base64 }));

    expect(asked).toMatchObject({ clientId: 'i d', clientSecret: 'ä+&=%' });
  });
});

describe('a body that cannot be read', () => {
  const bodies: readonly { what: string; call: HttpCall; says: string }[] = [
    { what: 'broken JSON', call: { ...aws({}), body: '{"clientId":' }, says: 'not valid JSON' },
    { what: 'JSON with something behind it', call: { ...aws({}), body: '{}{}' }, says: 'not valid JSON' },
    { what: 'a form without its Content-Type', call: { ...rfc(RFC_MEMBERS), headers: {} }, says: 'form parameters' },
    { what: 'an array', call: aws([AWS_MEMBERS]), says: 'must be a JSON object' },
    { what: 'a string', call: aws('clientId'), says: 'must be a JSON object' },
    { what: 'a number', call: aws(42), says: 'must be a JSON object' },
    { what: 'null', call: aws(null), says: 'must be a JSON object' },
    { what: '1 MB of JSON', call: aws({ ...AWS_MEMBERS, more: 'x'.repeat(1_000_000) }), says: '65536 bytes' },
    { what: '1 MB of form', call: rfc({ ...RFC_MEMBERS, more: 'x'.repeat(1_000_000) }), says: '65536 bytes' },
    {
      what: '1 MB in base64',
      call: aws({ ...AWS_MEMBERS, more: 'x'.repeat(1_000_000) }, { base64: true }),
      says: '65536 bytes',
    },
    { what: 'one byte too many', call: { ...aws({}), body: `{}${' '.repeat(65_535)}` }, says: '65536 bytes' },
    { what: 'few letters with too many bytes', call: aws({ ...AWS_MEMBERS, more: 'ü'.repeat(33_000) }), says: '65536' },
  ];

  it.each(bodies)('because it is $what is invalid_request in JSON, with what to do', async ({ call, says }) => {
    expect(await send(call)).toMatchObject({
      status: 400,
      headers: { 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'InvalidRequestException' },
      body: { error: 'invalid_request', error_description: expect.stringContaining(says) },
      asked: undefined,
    });
  });

  it('does not come back in the answer', async () => {
    const { body } = await send({ ...aws({}), body: '{"clientSecret":"very-secret' });

    expect(JSON.stringify(body)).not.toContain('very-secret');
  });

  it('is not one of exactly the size that is allowed', async () => {
    const members = JSON.stringify(AWS_MEMBERS);

    expect((await send({ ...aws({}), body: members + ' '.repeat(65_536 - members.length) })).status).toBe(200);
  });
});

describe('a parameter', () => {
  it.each(['client_id=id&client_id=id&client_secret=s', 'client_id=id&client_secret=s&x=1&x=2'])(
    'that is repeated is refused, known or not (RFC 6749 §3.2): %s',
    async (form) => {
      expect(await send(rfc(form))).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: 'A parameter is repeated. Send each parameter once.' },
      });
    },
  );

  it.each([
    { missing: 'clientId', call: aws({ ...AWS_MEMBERS, clientId: undefined }) },
    { missing: 'clientId', call: aws({ ...AWS_MEMBERS, clientId: '' }) },
    { missing: 'clientSecret', call: aws({ ...AWS_MEMBERS, clientSecret: null }) },
    { missing: 'startUrl', call: aws({ ...AWS_MEMBERS, startUrl: undefined }) },
    { missing: 'grant_type', call: formCall('/token', RFC_MEMBERS) },
    { missing: 'grant_type', call: formCall('/token', { ...RFC_MEMBERS, grant_type: '' }) },
    { missing: 'grantType', call: jsonCall('/token', AWS_MEMBERS) },
    { missing: 'grantType', call: { path: '/token', body: null } },
    { missing: 'token', call: formCall('/revoke', RFC_MEMBERS) },
  ])(
    'that is missing or empty is named as the caller spells it: $missing (RFC 6749 §3.1)',
    async ({ missing, call }) => {
      expect(await send(call)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: `${missing} is missing. Send it in the body.` },
      });
    },
  );

  it.each([{ clientId: 42 }, { clientId: ['id'] }, { clientId: { $ne: '' } }, { clientId: true }])(
    'of the wrong type is refused by name: %j',
    async (wrong) => {
      expect(await send(aws({ ...AWS_MEMBERS, ...wrong }))).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: 'clientId must be a string.' },
        asked: undefined,
      });
    },
  );

  it('that nobody knows is ignored (RFC 6749 §3.1)', async () => {
    expect((await send(aws({ ...AWS_MEMBERS, entitledApplicationArn: 'x', scope: ['y'] }))).status).toBe(200);
    expect((await send(rfc({ ...RFC_MEMBERS, resource: 'x', '': 'y' }))).status).toBe(200);
  });

  it('in the query string is none (RFC 8628 §3.1)', async () => {
    const { status, body } = await send(rfc({ client_id: 'id' }, { query: { client_secret: 'secret' } }));

    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('of one dialect is unknown in the other', async () => {
    expect((await send(aws(RFC_MEMBERS))).body).toHaveProperty('error', 'invalid_request');
    expect((await send(rfc({ clientId: 'id', clientSecret: 'secret' }))).body).toHaveProperty(
      'error',
      'invalid_client',
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'])(
    'called %s is just one that nobody knows',
    async (name) => {
      const members = `{"${name}":{"clientId":"x","clientSecret":"y","startUrl":"z"}}`;

      expect((await send({ ...aws({}), body: members })).body).toHaveProperty('error', 'invalid_request');
      expect((await send(rfc({ [name]: 'x', [`__${name}`]: 'y', ...RFC_MEMBERS }))).status).toBe(200);
      expect({}).not.toHaveProperty('clientId');
    },
  );
});
