/** What API Gateway answers without asking a function: real clients go on polling, or tell a person something useful. */

import { connect } from 'node:net';
import { CreateTokenCommand, SSOOIDCClient, SSOOIDCServiceException } from '@aws-sdk/client-sso-oidc';
import { deviceCodeGrantRequest, allowInsecureRequests as insecureOption, None } from 'oauth4webapi';
import { allowInsecureRequests, Configuration, pollDeviceAuthorizationGrant, ResponseBodyError } from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiFront, startApiFront } from '../../local/api-front.ts';
import type { Invocation } from '../../local/functions.ts';
import { DEVICE_GRANT } from './support/device.ts';
import { deployedApi, gatewayResponse, okJson, type ScriptedAnswer, startScript } from './support/gateway.ts';
import { type Answer, postText, send } from './support/http.ts';

const api = deployedApi();
const types = Object.keys(api.gatewayResponses);

describe('made to happen at the local front, with the template of the deployment', () => {
  let front: ApiFront;
  let outcome: Invocation = { outcome: 'crashed' };
  beforeAll(async () => {
    front = await startApiFront({ api, port: 0, invoke: async () => outcome, bodyTimeoutMs: 100 });
  });
  afterAll(() => front.close());

  const failing = (invocation: Invocation) => (): Promise<Answer> => {
    outcome = invocation;
    return postText(`${front.url}/token`, '{}');
  };

  const cases: [string, () => Promise<Answer>, number, string][] = [
    ['a function that times out', failing({ outcome: 'timed_out' }), 503, 'SlowDownException'],
    ['a function that crashes', failing({ outcome: 'crashed' }), 503, 'SlowDownException'],
    [
      'a function that throws',
      failing({ outcome: 'failed', errorType: 'E', errorMessage: 'e' }),
      503,
      'SlowDownException',
    ],
    ['a function that answers nonsense', failing({ outcome: 'answered', answer: 'x' }), 503, 'SlowDownException'],
    [
      'a body of more than 10 MB',
      () => postText(`${front.url}/token`, 'x'.repeat(10_485_761)),
      413,
      'InvalidRequestException',
    ],
    ['an operator without a signature', () => send(`${front.url}/sessions`, {}), 403, 'AccessDeniedException'],
    ['a path that cannot be decoded', () => postText(`${front.url}/e/%zz/token`, '{}'), 400, 'InvalidRequestException'],
  ];
  it.each(cases)('%s is answered in JSON that every client can read', async (_, ask, status, exception) => {
    const { status: given, headers, body } = await ask();

    expect([given, headers.get('x-amzn-errortype')]).toEqual([status, exception]);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body.error_description).toBe(body.message);
    expect(headers.has('retry-after')).toBe(status === 503);
  });

  it('a request that is not HTTP is answered in JSON, too', async () => {
    const socket = connect(Number(new URL(front.url).port), '127.0.0.1', () => socket.end('nonsense\r\n\r\n'));

    const text = (await socket.setEncoding('utf8').toArray()).join('');

    expect(text).toMatch(/^HTTP\/1\.1 400 .*x-amzn-ErrorType: InvalidRequestException.*"error":"invalid_request"/s);
  });
});

const TOKENS = okJson({ access_token: 'access-1', token_type: 'Bearer', expires_in: 3600, refresh_token: 'handle-1' });

/** openid-client, polling a server that gives these answers. */
async function pollWithOpenidClient(...answers: ScriptedAnswer[]) {
  const server = await startScript(answers);
  const issuer = { issuer: server.url, token_endpoint: `${server.url}/token` };
  const config = new Configuration(issuer, 'client-1', 'secret-1');
  allowInsecureRequests(config);
  try {
    const started = { device_code: 'c', user_code: 'U', verification_uri: 'https://x', expires_in: 60, interval: 1 };
    return await pollDeviceAuthorizationGrant(config, started);
  } finally {
    server.close();
  }
}

describe('openid-client', () => {
  const survived = types.filter((type) => gatewayResponse(api, type).body.includes('slow_down'));
  const reported = types.filter((type) => !survived.includes(type));

  it('throttling and every failure of a function are among what it survives', () => {
    expect(survived.sort()).toEqual([
      'DEFAULT_5XX',
      'INTEGRATION_FAILURE',
      'INTEGRATION_TIMEOUT',
      'QUOTA_EXCEEDED',
      'THROTTLED',
    ]);
  });

  it.concurrent.each(survived)('goes on polling after %s, and gets its tokens', async (type) => {
    const tokens = await pollWithOpenidClient(gatewayResponse(api, type), TOKENS);

    expect(tokens.access_token).toBe('access-1');
  });

  it.concurrent.each(reported)('ends with a sentence after %s', async (type) => {
    const error = await pollWithOpenidClient(gatewayResponse(api, type)).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ResponseBodyError);
    expect((error as ResponseBodyError).error).toMatch(/^(access_denied|invalid_request)$/);
    expect((error as ResponseBodyError).error_description).toMatch(/\. ?[A-Z].*\.$|^Send .*\.$|^Sign .*\.$/);
  });
});

describe('the AWS SDK for JavaScript', () => {
  it.each(types)('reports %s as an exception of the service, with the sentence', async (type) => {
    const answer = gatewayResponse(api, type);
    const server = await startScript([answer]);
    const sdk = new SSOOIDCClient({ endpoint: server.url, region: 'us-east-1', maxAttempts: 1 });
    const request = new CreateTokenCommand({
      clientId: 'client-1',
      clientSecret: 'secret-1',
      grantType: DEVICE_GRANT,
      deviceCode: 'code-1',
    });

    const error = await sdk.send(request).catch((reason: unknown) => reason);
    server.close();

    expect(error).toBeInstanceOf(SSOOIDCServiceException);
    expect((error as Error).name).toBe(answer.headers['x-amzn-ErrorType']);
    expect((error as Error).message).toBe(JSON.parse(answer.body).message);
  });
});

it('no answer of the gateway is 429 or text, whatever the client', async () => {
  for (const type of types) {
    const server = await startScript([gatewayResponse(api, type)]);
    const as = { issuer: server.url, token_endpoint: server.url };
    const response = await deviceCodeGrantRequest(as, { client_id: 'client-1' }, None(), 'code-1', {
      [insecureOption]: true,
    });
    await response.text();
    server.close();

    expect(response.status, type).not.toBe(429);
    expect(response.headers.get('content-type'), type).toBe('application/json');
  }
});
