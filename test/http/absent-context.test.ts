import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { logger } from '../../lambda/adapters/observer.ts';
import { OAuthError, refuse } from '../../lambda/core/oauth-error.ts';
import type { DeviceEvent } from '../../lambda/http/device-event.ts';
import { oauthErrors } from '../../lambda/http/oauth-errors.ts';

/** What a device gets when the handler fails with an event of nothing but a path. */
async function failed(path: string, error: Error, own: object = {}) {
  const silence = vi.spyOn(logger, 'error').mockReturnValue();
  onTestFinished(() => silence.mockRestore());
  const told: object[] = [];
  const handler = middy<DeviceEvent, APIGatewayProxyResult>()
    .use(oauthErrors((event) => void told.push(event)))
    .handler(async () => {
      throw error;
    });
  const event = { path, httpMethod: 'POST', headers: null, body: null, ...own } as unknown as APIGatewayProxyEvent;
  const { statusCode, headers, body } = await handler(event as DeviceEvent, {} as Context);
  return { status: statusCode, headers, body: JSON.parse(body), told };
}

describe('a failure of a request that the gateway did not describe', () => {
  it('keeps a polling device polling', async () => {
    const { status, body } = await failed('/token', new Error('the table is not there'));

    expect({ status, error: body.error }).toEqual({ status: 400, error: 'slow_down' });
  });

  it('tells who refreshes to come back, also when the body came as base64', async () => {
    const refreshing = Buffer.from('grant_type=refresh_token').toString('base64');
    const event = { body: refreshing, isBase64Encoded: true };

    expect((await failed('/token', new Error('x'), event)).body.error).toBe('server_error');
  });

  it('is refused with an empty request id, and told without one', async () => {
    const refusal = new OAuthError(refuse('invalid_grant', 'This code is spent. Start a new device authorization.'));

    const { headers, told } = await failed('/token', refusal);

    expect(headers).toMatchObject({ 'x-amzn-RequestId': '' });
    expect(told).toEqual([{ event: 'request_refused', route: '/token', refused: 'invalid_grant' }]);
  });

  it('is told with its id when the gateway gave one', async () => {
    const requestContext = { requestId: '0c4f3d3e-8d3a-4a57-9d4a-1f1f3c0c9a11' };
    const refusal = new OAuthError(refuse('invalid_grant', 'This code is spent. Start a new device authorization.'));

    const { told } = await failed('/token', refusal, { requestContext });

    expect(told).toMatchObject([{ correlationId: requestContext.requestId }]);
  });
});
