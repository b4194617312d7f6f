/** The device plane without anything behind it: the deployed path rules, routes and errors around scripted outcomes. */

import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { type DeviceEvent, regularPath } from '../../../lambda/http/device-event.ts';
import { type DevicePlane, devicePlaneRoutes } from '../../../lambda/http/device-routes.ts';
import { oauthErrors } from '../../../lambda/http/oauth-errors.ts';

/** A request as API Gateway passes it on. */
export interface GatewayRequest {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly base64?: boolean;
  readonly headers?: Record<string, string>;
  /** What stands before the route in the address: `/v1` without a custom domain. */
  readonly basePath?: string;
  readonly domainName?: string;
}

/** Makes a function that answers requests, with these acts of the plane and no others. */
export function makeDeviceApp(acts: Partial<DevicePlane>) {
  const plane = { deviceAuth: 'client_secret', ...acts } as DevicePlane;
  const handler = middy<DeviceEvent>()
    .use(regularPath())
    .use(oauthErrors(() => {}))
    .handler(httpRouter<DeviceEvent>(devicePlaneRoutes(plane)));
  return async (request: GatewayRequest): Promise<APIGatewayProxyResult & { json: Record<string, unknown> }> => {
    const answer = (await handler(eventOf(request), {} as never)) as APIGatewayProxyResult;
    return { ...answer, json: JSON.parse(answer.body) as Record<string, unknown> };
  };
}

function eventOf(request: GatewayRequest): DeviceEvent {
  const { path, method = 'POST', body = '', base64 = false, headers = {}, basePath = '/v1' } = request;
  return {
    resource: path,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    body: base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: base64,
    requestContext: {
      requestId: 'request-1',
      domainName: request.domainName ?? 'a1b2c3.execute-api.us-east-1.amazonaws.com',
      path: `${basePath}${path}`,
      identity: { sourceIp: '203.0.113.7' },
    } as DeviceEvent['requestContext'],
  };
}
