import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { logger } from '../../lambda/adapters/observer.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { type DeviceEvent, regularPath } from '../../lambda/http/device-event.ts';
import { type DevicePlane, devicePlaneRoutes } from '../../lambda/http/device-routes.ts';
import { deviceRouteNotFound } from '../../lambda/http/not-found.ts';
import { oauthErrors } from '../../lambda/http/oauth-errors.ts';
import { deviceEvent, type HttpCall } from './http-event.ts';

// What a test makes fail on purpose is not worth a line of log.
logger.setLogLevel('SILENT');

/** An answer as its client sees it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

type Operation = Exclude<keyof DevicePlane, 'deviceAuth' | 'activationUrl'>;

/** What the routes asked of the plane. */
export interface PlaneCall {
  readonly operation: Operation;
  readonly request: unknown;
}

const SESSION = {
  deviceCode: 'device-code',
  userCode: 'BCDF-GHJK',
  verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
  verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=BCDF-GHJK',
  expiresIn: 600,
  interval: 5,
};

const CLIENT = {
  clientId: 'client-id',
  clientSecret: 'client-secret',
  clientIdIssuedAt: 1_800_000_000,
  clientSecretExpiresAt: 1_807_776_000,
  fleet: 'kiosks',
};

const TOKENS = { accessToken: 'access-token', tokenType: 'Bearer', expiresIn: 28_800, refreshToken: 'handle' } as const;

/** The device plane's chain of handlers, with a plane behind it that says yes to everything unless told otherwise. */
export function makeHttpDevicePlane(own: Partial<DevicePlane> = {}) {
  const calls: PlaneCall[] = [];
  const events: BrokerEvent[] = [];
  const yes: DevicePlane = {
    registerClient: async () => CLIENT,
    startSession: async () => SESSION,
    redeemDeviceCode: async () => TOKENS,
    refreshTokens: async () => TOKENS,
    revokeToken: async () => undefined,
    deviceAuth: 'client_secret',
    ...own,
  };
  const noted = <K extends Operation>(operation: K): DevicePlane[K] =>
    ((request: never) => {
      calls.push({ operation, request });
      return yes[operation](request);
    }) as DevicePlane[K];
  const plane: DevicePlane = {
    ...yes,
    registerClient: noted('registerClient'),
    startSession: noted('startSession'),
    redeemDeviceCode: noted('redeemDeviceCode'),
    refreshTokens: noted('refreshTokens'),
    revokeToken: noted('revokeToken'),
  };

  const routes = devicePlaneRoutes(plane);
  const handler = middy<DeviceEvent>()
    .use(regularPath())
    .use(oauthErrors((event) => void events.push(event)))
    .handler(httpRouter<DeviceEvent>({ routes, notFoundResponse: deviceRouteNotFound(routes) }));

  return {
    /** What the plane was asked, in order. */
    calls,
    /** What was told to the observer. */
    events,
    async send(call: HttpCall): Promise<HttpAnswer> {
      const answer = (await handler(deviceEvent(call), {} as Context)) as APIGatewayProxyResult;
      return { status: answer.statusCode, headers: answer.headers ?? {}, body: JSON.parse(answer.body) };
    },
  };
}
