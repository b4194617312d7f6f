import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiFront, startApiFront } from '../../local/api-front.ts';
import type { Invocation } from '../../local/functions.ts';
import { readTemplate } from '../../local/template.ts';
import { SMALL_TEMPLATE } from './small-template.ts';

const { api } = readTemplate(SMALL_TEMPLATE, () => '/assets');
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:DeviceApi0A1B2C3D';
const SIGNATURE = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'a'.repeat(64)}`;

let front: ApiFront;
let events: APIGatewayProxyEvent[];
let invocation: () => Promise<Invocation>;

const answers = (answer: unknown) => async (): Promise<Invocation> => ({ outcome: 'answered', answer });

beforeAll(async () => {
  front = await startApiFront({
    api,
    port: 0,
    bodyTimeoutMs: 300,
    invoke: async (functionArn, event) => {
      expect(functionArn).toBe(FUNCTION);
      events.push(event as APIGatewayProxyEvent);
      return invocation();
    },
  });
});
beforeEach(() => {
  events = [];
  invocation = answers({ statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: '{}' });
});
afterAll(async () => front.close());

/** A request with headers exactly as they are spelt, which fetch would not send. */
function raw(path: string, method: string, headers: string[], body?: string) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(front.url);
    const sent = httpRequest({ host: hostname, port, path, method, headers }, (response) => {
      text(response).then(
        (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the event of a function', () => {
  it('is that of a Lambda proxy integration', async () => {
    const before = Date.now();
    await fetch(`${front.url}/e/key%2D1/token?a=1&a=2&b=x%20y`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'kiosk' },
      body: '{"clientId":"ä"}',
    });
    const [event] = events;

    const { host } = new URL(front.url);
    expect(event).toMatchObject({
      resource: '/e/{enrollmentKey}/token',
      path: '/e/key%2D1/token',
      httpMethod: 'POST',
      queryStringParameters: { a: '2', b: 'x y' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'] },
      pathParameters: { enrollmentKey: 'key-1' },
      stageVariables: null,
      body: '{"clientId":"ä"}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: 'Api',
        domainName: host,
        httpMethod: 'POST',
        path: '/e/key%2D1/token',
        protocol: 'HTTP/1.1',
        resourceId: 'ResKeyToken',
        resourcePath: '/e/{enrollmentKey}/token',
        stage: 'v1',
        identity: { sourceIp: '127.0.0.1', userAgent: 'kiosk', userArn: null, accessKey: null },
      },
    });
    expect(event?.requestContext.requestTimeEpoch).toBeGreaterThanOrEqual(before);
    expect(event?.requestContext.requestTime).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(event?.requestContext.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has null where there is no query, no path parameter and no body', async () => {
    await fetch(`${front.url}/token`);

    expect(events[0]).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      body: null,
    });
  });

  it('keeps the case of header names, and every value of one that comes twice', async () => {
    await raw('/token', 'GET', ['X-Mixed-CASE', 'one', 'Host', 'here', 'X-Mixed-CASE', 'two']);

    expect(events[0]?.headers).toMatchObject({ 'X-Mixed-CASE': 'two', Host: 'here' });
    expect(events[0]?.multiValueHeaders).toMatchObject({ 'X-Mixed-CASE': ['one', 'two'] });
  });

  it('says by itself where the request came from, whatever the client says', async () => {
    await fetch(`${front.url}/token`, {
      headers: { 'X-Forwarded-For': '10.0.0.1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example' },
    });

    expect(events[0]?.headers).toMatchObject({ 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Proto': 'http' });
    expect(JSON.stringify(events[0])).not.toMatch(/10\.0\.0\.1|https|evil/);
  });

  it('has the path as it came when it begins with two slashes', async () => {
    await raw('//client/register', 'POST', ['Host', 'here']);

    expect(events[0]).toMatchObject({ path: '//client/register', resource: '/{proxy+}' });
  });
});

describe('routes with IAM authorization', () => {
  it('tell the function who signed', async () => {
    await fetch(`${front.url}/sessions`, { headers: { Authorization: SIGNATURE } });

    expect(events[0]?.requestContext.identity).toMatchObject({
      accessKey: 'AKIDEXAMPLE',
      userArn: 'arn:aws:iam::000000000000:user/AKIDEXAMPLE',
    });
  });

  it.each([
    ['no signature', undefined],
    ['a bearer token', 'Bearer abc'],
    ['a signature for another service', SIGNATURE.replace('execute-api', 's3')],
    ['half a signature', SIGNATURE.replace(/, Signature=.*/, '')],
  ])('refuse %s with the gateway answer of the template', async (_what, authorization) => {
    const response = await fetch(`${front.url}/sessions`, {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });

    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
    expect(await response.json()).toEqual({ error: 'access_denied', error_description: 'Sign the request.' });
    expect(events).toEqual([]);
  });
});

describe('what a function answers', () => {
  it('goes out with its status, its headers and each of their values', async () => {
    invocation = answers({
      statusCode: 201,
      headers: { 'Cache-Control': 'no-store' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: '{"ä":1}',
    });
    const response = await fetch(`${front.url}/token`, { method: 'POST', body: 'x' });

    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('{"ä":1}');
  });

  it('loses WWW-Authenticate to another name, as on AWS', async () => {
    invocation = answers({ statusCode: 401, headers: { 'WWW-Authenticate': 'Bearer' }, body: '{}' });
    const { headers } = await fetch(`${front.url}/token`);

    expect(headers.get('www-authenticate')).toBeNull();
    expect(headers.get('x-amzn-remapped-www-authenticate')).toBe('Bearer');
  });

  it('comes without its body for HEAD', async () => {
    const { status, body } = await raw('/token', 'HEAD', ['Host', 'here']);

    expect([status, body]).toEqual([200, '']);
  });

  it('leaves the connection open for the next request', async () => {
    const socket = connect(Number(new URL(front.url).port), '127.0.0.1');
    socket.write('GET /token HTTP/1.1\r\nHost: a\r\n\r\nGET /token HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');

    expect((await text(socket)).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });
});

describe('what the gateway answers by itself', () => {
  it.each([
    ['fails', { outcome: 'failed', errorType: 'TypeError', errorMessage: 'a secret' }],
    ['times out', { outcome: 'timed_out' }],
    ['crashes', { outcome: 'crashed' }],
    ['answers nonsense', { outcome: 'answered', answer: { body: 'no status' } }],
    ['answers nothing', { outcome: 'answered', answer: null }],
  ] satisfies [string, Invocation][])('is the shaped 5xx when a function %s', async (_what, outcome) => {
    invocation = async () => outcome;
    const response = await fetch(`${front.url}/token`);
    const body = (await response.json()) as { error: string; id: string };

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(body).toEqual({ error: 'slow_down', id: response.headers.get('x-amzn-requestid') });
  });

  it('is the shaped 5xx when the function cannot be called at all', async () => {
    invocation = async () => {
      throw new Error('no thread');
    };

    expect((await fetch(`${front.url}/token`)).status).toBe(503);
  });

  it('is 413 for a body over 10 MB, of whatever announced length', async () => {
    const body = 'x'.repeat(10 * 1024 * 1024 + 1);
    const announced = await fetch(`${front.url}/token`, { method: 'POST', body });
    const chunked = await raw('/token', 'POST', ['Host', 'a', 'Transfer-Encoding', 'chunked'], body);

    expect([announced.status, chunked.status]).toEqual([413, 413]);
    expect(await announced.json()).toEqual({ error: 'invalid_request' });
    expect(events).toEqual([]);
  });

  it('lets a body of 10 MB through', async () => {
    const response = await fetch(`${front.url}/token`, { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024) });

    expect(response.status).toBe(200);
  });

  it('is a JSON refusal for a body that does not come', async () => {
    const socket = connect(Number(new URL(front.url).port), '127.0.0.1');
    socket.write('POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"error":"invalid_request"\}$/);
  });

  it('is a JSON refusal for what is not HTTP', async () => {
    const socket = connect(Number(new URL(front.url).port), '127.0.0.1');
    socket.write('nonsense\r\n\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"error":"invalid_request"\}$/);
  });

  it('is a JSON refusal for a path whose percent-encoding is broken', async () => {
    const { status, body } = await raw('/e/%ZZ/token', 'POST', ['Host', 'a']);

    expect([status, body]).toEqual([400, '{"error":"invalid_request"}']);
  });

  it('is 403 for a method that no resource has', async () => {
    expect((await raw('/token', 'TRACE', ['Host', 'a'])).status).toBe(403);
  });
});

describe('devices of one address', () => {
  const JSON_TYPE = ['Content-Type', 'application/json'];
  const FORM_TYPE = ['Content-Type', 'application/x-www-form-urlencoded'];

  it.each([
    { names: 'in JSON', headers: JSON_TYPE, body: '{"grantType":"x","clientId":"hostile-1"}' },
    { names: 'in a form', headers: FORM_TYPE, body: 'grant_type=x&client_id=hostile-1&scope=y' },
    { names: 'by HTTP Basic', headers: ['Authorization', `Basic ${btoa('hostile-1:secret')}`], body: '' },
  ])('wait in a queue each of its own, by the client that they name $names', async ({ headers, body }) => {
    const end = Promise.withResolvers<Invocation>();
    invocation = () => end.promise;
    const send = (its: string[], with_: string) =>
      raw('/token', 'POST', ['Host', 'a', 'Connection', 'close', ...its], with_);
    const sent = [send(JSON_TYPE, '{"clientId":"polite"}')];
    await expect.poll(() => events.length).toBe(1);
    for (let request = 0; request < 8; request += 1) sent.push(send(headers, body));
    await expect.poll(() => events.length).toBe(3);
    sent.push(send(JSON_TYPE, '{"clientId":"polite"}'));

    await expect.poll(() => events.at(-1)?.body).toBe('{"clientId":"polite"}');
    expect(events).toHaveLength(4);
    end.resolve({ outcome: 'answered', answer: { statusCode: 200, body: '{}' } });
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(sent.map(() => 200));
  });
});

describe('closing', () => {
  it('lets the answer under way go out, and takes no new connection', async () => {
    const late = Promise.withResolvers<Invocation>();
    const called = Promise.withResolvers<void>();
    const other = await startApiFront({
      api,
      port: 0,
      invoke: () => {
        called.resolve();
        return late.promise;
      },
    });
    const underWay = fetch(`${other.url}/token`, { headers: { Connection: 'close' } });
    await called.promise;
    const closed = other.close();
    late.resolve({ outcome: 'answered', answer: { statusCode: 200, body: '{"a":1}' } });

    expect(await (await underWay).text()).toBe('{"a":1}');
    await closed;
    await expect(fetch(`${other.url}/token`)).rejects.toThrow();
  });
});
