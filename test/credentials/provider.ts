/** What an SDK's container credentials provider does with the broker, over a whole broker in memory. */

import type { APIGatewayProxyResult } from 'aws-lambda';
import { credentialsRoute } from '../../lambda/http/credentials-route.ts';
import type { DeviceEvent } from '../../lambda/http/device-event.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import type { Timeline } from '../support/fake-timeline.ts';
import { makeWholeBroker, type WholeBroker, type WholeBrokerOptions } from '../support/whole-broker.ts';

/** An answer as the provider got it. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Makes a provider; it sends what it was given as the whole Authorization header. */
export function makeProvider(broker: Pick<WholeBroker, 'roleCredentials'>) {
  const route = credentialsRoute({ roleCredentials: broker.roleCredentials, deviceAuth: 'client_secret' });

  return async (authorization?: string, headerName = 'Authorization'): Promise<ProviderAnswer> => {
    const event = {
      path: '/credentials',
      httpMethod: 'GET',
      headers: { ...(authorization !== undefined && { [headerName]: authorization }), 'X-Forwarded-Proto': 'https' },
      body: null,
      basePath: '/v1',
      requestContext: {
        requestId: 'request-1',
        domainName: 'broker.example',
        path: '/v1/credentials',
        identity: { sourceIp: '192.0.2.7' },
      },
    };
    const answer = (await route(event as unknown as DeviceEvent)) as APIGatewayProxyResult;
    return { status: answer.statusCode, headers: answer.headers ?? {}, body: JSON.parse(answer.body) };
  };
}

/** A device with its handle, and its provider. */
export async function withProvider(
  time: FakeClock | Timeline,
  fleet: string,
  options: Partial<Omit<WholeBrokerOptions, 'time'>> = {},
) {
  const broker = makeWholeBroker({ time, ...options });
  const device = await broker.signIn(fleet);
  const provide = makeProvider(broker);
  return {
    broker,
    device,
    provide,
    /** The device's provider fetches credentials. */
    fetchCredentials: () => provide(device.handle),
    /** The grant as it is stored. */
    grant: () => broker.grantRecords.read(device.grantId),
  };
}
