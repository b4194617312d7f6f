import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyOf, type DeviceEvent, headerOf, regularPath } from '../../lambda/http/device-event.ts';
import { makeOpsHandler } from '../../lambda/http/ops-handler.ts';
import { queryOf } from '../../lambda/http/ops-input.ts';
import { Problem } from '../../lambda/http/problems.ts';
import { makeHttpDevicePlane } from '../support/http-device-plane.ts';
import { formCall } from '../support/http-event.ts';

/** What a test call from the gateway's console, or a careless invocation of the function, leaves out. */
const bare = (own: object = {}) =>
  ({ httpMethod: 'GET', path: '/sessions', headers: null, body: null, pathParameters: null, ...own }) as never;

describe('an event without what the gateway adds', () => {
  it('has no headers and an empty body', () => {
    expect(headerOf(bare(), 'authorization')).toBeUndefined();
    expect(bodyOf(bare(), 100)).toBe('');
    expect(bodyOf(bare({ body: undefined }), 100)).toBe('');
  });

  it('is routed by its path, and knows of no base path', () => {
    const event: DeviceEvent = bare({ path: '//token/' });

    regularPath().before({ event });

    expect(event).toMatchObject({ path: '/token', basePath: '' });
  });

  it('without parameters for its resource is routed nowhere, and not to what the resource is called', () => {
    const event: DeviceEvent = bare({ resource: '/{proxy+}' });

    regularPath().before({ event });

    expect(event.path).toBe('/');
  });
});

describe('a body', () => {
  const withBody = (body: string, isBase64Encoded = false) => bare({ body, isBase64Encoded });

  it('is counted in bytes, whatever way it came', () => {
    expect(bodyOf(withBody('éé'), 4)).toBe('éé');
    expect(bodyOf(withBody('ééx'), 4)).toBeUndefined();
    expect(bodyOf(withBody(Buffer.from('ééx').toString('base64'), true), 4)).toBeUndefined();
    expect(bodyOf(withBody(Buffer.from('éé').toString('base64'), true), 4)).toBe('éé');
  });

  it('that is JSON under the Content-Type of a form is answered with the Content-Type to send', async () => {
    const { send } = makeHttpDevicePlane();
    const call = formCall('/token', {}, { body: '\n{"grant_type":"refresh_token"}' });

    expect(await send(call)).toMatchObject({
      status: 400,
      body: { error_description: expect.stringContaining('Content-Type: application/json') },
    });
  });
});

describe('a start URL', () => {
  it('that is none is answered with what to configure', async () => {
    const { send } = makeHttpDevicePlane();
    const members = { clientId: 'id', clientSecret: 'secret', startUrl: 'my-portal' };

    expect(await send({ path: '/device_authorization', body: JSON.stringify(members) })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: expect.any(String) },
    });
  });
});

describe('the query of the ops API', () => {
  const query = (single: object, multi: object) =>
    queryOf(bare({ queryStringParameters: single, multiValueQueryStringParameters: multi }) as APIGatewayProxyEvent);

  it('is what was sent once', () => {
    expect(query({ phase: 'pending', gone: undefined }, { phase: ['pending'], gone: undefined })).toEqual({
      phase: 'pending',
    });
    expect(queryOf(bare() as APIGatewayProxyEvent)).toEqual({});
  });

  it('is refused when a parameter was sent twice, by its name without what could break a log', () => {
    const twice = () => query({ 'ph\nase': 'b' }, { 'ph\nase': ['a', 'b'] });

    expect(twice).toThrow(Problem);
    expect(twice).toThrow('Send the query parameter ph ase once.');
  });
});

describe('a fault of the ops API', () => {
  beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true));
  afterEach(() => void vi.restoreAllMocks());

  it('is a problem document also when the event has no request id', async () => {
    const handler = makeOpsHandler(new Proxy({} as never, {}), () => ({}));
    const event = bare({ path: '/nowhere', resource: '/nowhere' });

    const answer = (await handler(event, {} as Context)) as APIGatewayProxyResult;

    expect(answer.statusCode).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 404,
      detail: expect.stringContaining('GET /openapi.json'),
    });
  });
});
