import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyResult, Context, DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CohortState, TickResult } from '../../lambda/core/cohort.ts';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import { decide } from '../e2e/device.ts';
import { deviceEvent, formCall, type HttpCall, jsonCall } from '../support/http-event.ts';
import { type Handler, type Surroundings, stamp, startSurroundings } from './in-process.ts';

const CONTEXT = {} as Context;
const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

type Body = Readonly<Record<string, string>>;

/** A registered device that has started a device authorization. */
interface Device {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly deviceCode: string;
  readonly userCode: string;
}

let around: Surroundings;
let deviceApi: Handler;
let opsApi: Handler;
let startPolling: Handler;
let poll: Handler;
let publishEvents: Handler;

beforeAll(async () => {
  around = await startSurroundings();
  deviceApi = await around.load('device-api');
  opsApi = await around.load('ops-api');
  startPolling = await around.load('start-polling');
  poll = await around.load('poll');
  publishEvents = await around.load('publish-events');
});
afterAll(() => around.close());

async function send(call: HttpCall): Promise<{ status: number; text: string; body: Body }> {
  const { statusCode, body } = (await deviceApi(deviceEvent(call), CONTEXT)) as APIGatewayProxyResult;
  return { status: statusCode, text: body, body: body.startsWith('{') ? JSON.parse(body) : {} };
}

/** Calls the ops API, as the gateway does once it has checked the signature. */
async function operate(httpMethod: string, resource: string, body?: object): Promise<Record<string, unknown>> {
  const event = {
    ...deviceEvent({ method: httpMethod, path: resource, body: body ? JSON.stringify(body) : null }),
    resource,
    pathParameters: null,
  };
  return JSON.parse(((await opsApi(event, CONTEXT)) as APIGatewayProxyResult).body);
}

async function startedDevice(fleet: string): Promise<Device> {
  const { enrollmentKey } = await operate('POST', '/enrollment-keys', { fleet });
  const registration = { clientName: 'kiosk-7', clientType: 'public' };
  const { body: client } = await send(jsonCall(`/e/${enrollmentKey}/client/register`, registration));
  const { clientId = '', clientSecret = '' } = client;
  const startUrl = around.identityCenter.startUrl;
  const { body } = await send(jsonCall('/device_authorization', { clientId, clientSecret, startUrl }));
  const { deviceCode = '', userCode = '' } = body;
  return { clientId, clientSecret, deviceCode, userCode };
}

const askForToken = ({ clientId, clientSecret, deviceCode }: Device) =>
  send(jsonCall('/token', { clientId, clientSecret, deviceCode, grantType: DEVICE_CODE_GRANT }));

const itemKey = ({ deviceCode }: Device): string => `SESSION#${sessionIdOf(deviceCode)}`;

/** Two seconds: longer than any interval here. */
const oneInterval = () => sleep(2_000);

/** A device that has its token. */
async function signedIn(): Promise<Device & { handle: string }> {
  const device = await startedDevice('local');
  await decide(around.identityCenter.url, 'approve', device);
  await oneInterval();
  return { ...device, handle: (await askForToken(device)).body.refreshToken ?? '' };
}

describe('the function behind the devices’ API', () => {
  it('takes a device from its enrollment to a token, a fresh one, and to the end of its grant', async () => {
    const { clientId, clientSecret, handle } = await signedIn();
    const client = { client_id: clientId, client_secret: clientSecret };

    const refreshed = await send(formCall('/token', { ...client, grant_type: 'refresh_token', refresh_token: handle }));
    expect(refreshed).toMatchObject({ status: 200, body: { access_token: expect.any(String) } });
    expect(await send(formCall('/revoke', { ...client, token: handle }))).toMatchObject({ status: 200 });
    const afterwards = await send(
      formCall('/token', { ...client, grant_type: 'refresh_token', refresh_token: handle }),
    );
    expect(afterwards).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('shows a person the page of a deferred session, and sends them on to AWS', async () => {
    const { userCode } = await startedDevice('kiosks');

    const page = await send({ method: 'GET', path: '/activate', query: { user_code: userCode } });

    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('kiosk-7') });
  });

  it('describes itself, and answers what is no route of it in the words of OAuth', async () => {
    const metadata = await send({ method: 'GET', path: '/.well-known/oauth-authorization-server' });
    expect(metadata).toMatchObject({ status: 200, body: { token_endpoint: 'https://broker.example/v1/token' } });
    expect(await send({ method: 'GET', path: '/nowhere' })).toMatchObject({
      status: 404,
      body: { error: 'invalid_request', error_description: expect.any(String) },
    });
  });

  it('has no role credentials for who shows no handle', async () => {
    expect(await send({ method: 'GET', path: '/credentials' })).toMatchObject({ status: 401 });
  });
});

describe('the functions that keep the polling', () => {
  it('start one execution for a session that became pending, however often the stream tells of it', async () => {
    const device = await startedDevice('local');
    const records = [await around.recordOf(itemKey(device))];
    const before = around.started.length;

    await startPolling({ Records: records }, CONTEXT);
    await startPolling({ Records: records }, CONTEXT);

    const since = around.started.slice(before);
    expect(since.map(({ input }) => input.sessionIds)).toEqual([[sessionIdOf(device.deviceCode)]]);
    expect(since[0]?.name).toBe(`${since[0]?.input.cohort}-0`);
  });

  it('start none when nothing in the batch became pending', async () => {
    const before = around.started.length;

    await startPolling({ Records: [{ dynamodb: { NewImage: { pk: { S: 'CLIENT#1' } } } }] }, CONTEXT);

    expect(around.started).toHaveLength(before);
  });

  it('fetch the token of an approved session, while its device sleeps', async () => {
    const device = await startedDevice('local');
    const sessionIds = [sessionIdOf(device.deviceCode)];
    const state: CohortState = { cohort: 'cohort', generation: 0, tick: 0, sessionIds, waitSeconds: 1 };
    const waiting = (await poll(state, CONTEXT)) as TickResult;
    await decide(around.identityCenter.url, 'approve', device);
    await oneInterval();

    // The loop leaves a session to its device for a while, and then takes it over.
    const taken = await vi.waitFor(
      async () => {
        const result = (await poll(waiting, CONTEXT)) as TickResult;
        expect(result.next).toBe('done');
        return result;
      },
      { timeout: 20_000, interval: 500 },
    );

    expect(waiting).toMatchObject({ next: 'wait', sessionIds });
    expect(taken.sessionIds).toEqual([]);
    expect(await around.table.get(itemKey(device))).toMatchObject({ phase: 'authorized' });
    expect(await askForToken(device)).toMatchObject({ status: 200 });
  });
});

describe('the function that publishes events', () => {
  it('puts each transition of a session on the bus, without a code', async () => {
    const device = await startedDevice('local');
    const record = await around.recordOf(itemKey(device));

    expect(await publishEvents({ Records: [record] }, CONTEXT)).toEqual({ batchItemFailures: [] });
    const published = around.events().filter(({ detail }) => JSON.stringify(detail).includes(device.clientId));
    expect(published).toMatchObject([{ 'detail-type': 'SessionPending' }]);
    expect(JSON.stringify(published)).not.toContain(device.userCode);
  });

  it('has the stream bring again what it could not read, and all after it', async () => {
    const device = await startedDevice('local');
    const good = await around.recordOf(itemKey(device));
    const NewImage = { pk: { S: 'SESSION#1' } };
    const bad: DynamoDBRecord = { eventID: 'bad', dynamodb: { NewImage, ...stamp('2') } };

    const answer = await publishEvents({ Records: [good, bad] }, CONTEXT);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  });

  it('puts nothing on the bus for a record that holds nothing', async () => {
    expect(await publishEvents({ Records: [{}] }, CONTEXT)).toEqual({ batchItemFailures: [] });
  });
});

describe('the function behind the operators’ API', () => {
  it('finds the session that a device has started, by its fleet', async () => {
    const device = await startedDevice('kiosks');

    const { sessions } = (await operate('GET', '/sessions')) as { sessions: { clientId: string; fleet: string }[] };

    const found = sessions.find(({ clientId }) => clientId === device.clientId);
    expect(found).toMatchObject({ fleet: 'kiosks', phase: 'awaiting_operator' });
  });

  it('gives the description that was deployed beside it', async () => {
    expect(await operate('GET', '/openapi.json')).toMatchObject({
      openapi: expect.stringMatching(/^3\./),
      servers: [{ url: 'https://broker.example/v1' }],
    });
  });
});
