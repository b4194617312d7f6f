/** What is measured: requests to each function, recorded once against the real parts. */

import { makeDynamoDbClientStore } from '../../../lambda/adapters/dynamodb-client-store.ts';
import { sessionKey } from '../../../lambda/adapters/keys.ts';
import type { Client } from '../../../lambda/core/client.ts';
import { sessionIdOf } from '../../../lambda/core/device-code.ts';
import type { Settings } from '../../../lambda/core/settings.ts';
import type { HandlerName } from '../../../lib/bundle.ts';
import { clientSecretOf, makeClient, makeFleet } from '../../support/fake-records.ts';
import { deviceEvent, formCall } from '../../support/http-event.ts';
import type { AwsCall } from './aws-calls.ts';
import type { Bundles } from './bundles.ts';
import { type Contender, startContender } from './contender.ts';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { type RealParts, startRealParts } from './real-parts.ts';

/** One kind of request: its events, and what a function calls to answer them. */
export interface Scene {
  readonly name: string;
  readonly handler: HandlerName;
  /** JSON texts; several where one device alone would poll too fast. */
  readonly events: readonly string[];
  /** The calls of all events, one after the other. */
  readonly calls: readonly AwsCall[];
  readonly answer: unknown;
}

/** Everything that a measurement needs. */
export interface Stage {
  readonly endpoint: Endpoint;
  /** Requests to a function that is warm. */
  readonly warm: readonly Scene[];
  /** The first request to each function. */
  readonly cold: readonly Scene[];
  /** What a function calls once in its life, to read and decrypt the broker's registration at Identity Center. */
  readonly opening: readonly AwsCall[];
  close(): Promise<void>;
}

/** Calls to a service that one event of a scene leads to. */
export function callsPerEvent({ calls, events }: Scene, service: AwsCall['service']): number {
  return calls.filter((call) => call.service === service).length / events.length;
}

/** The loop leaves a session to its device for two seconds after the interval of one: then it is due for both. */
const DUE_FOR_ALL_MS = 3_200;

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * Records every scene: the bundles run against the real parts.
 *
 * @param devices how many devices take turns at polling, so that none of them polls too fast
 */
export async function recordScenes(bundles: Bundles, devices: number): Promise<Stage> {
  const parts = await startRealParts();
  const endpoint = await startEndpoint(parts.answer);
  bundles.writeSettings(settingsFor(endpoint.url, parts.identityCenter.startUrl));
  const started: Contender[] = [];
  const start = (name: HandlerName): Contender => {
    const contender = startContender(bundles.program, bundles.ofHandler(name), endpoint.url);
    started.push(contender);
    return contender;
  };
  try {
    const recorded = await makeRecorder(parts, endpoint, start).all(devices);
    const close = async (): Promise<void> => {
      endpoint.close();
      await parts.close();
    };
    return { endpoint, ...recorded, close };
  } finally {
    for (const contender of started) contender.stop();
  }
}

function settingsFor(upstreamEndpoint: string, startUrl: string): Settings {
  const fleet = makeFleet({ upstreamEndpoint, startUrl, region: 'us-east-1', minimumIntervalSeconds: 1 });
  return {
    fleets: { kiosks: fleet },
    redelivery: { windowSeconds: 300, maxDeliveries: 5 },
    deviceAuth: 'client_secret',
    upstreamCallsPerSecond: 80,
  };
}

interface Started {
  readonly event: string;
  readonly sessionId: string;
  readonly userCode: string;
}

function makeRecorder(parts: RealParts, endpoint: Endpoint, start: (name: HandlerName) => Contender) {
  const ask = (contender: Contender, ...events: string[]) => contender.run({ events, times: 1, turnMs: 0 });

  async function record(
    name: string,
    handler: HandlerName,
    events: readonly string[],
    running?: Contender,
  ): Promise<Scene> {
    const contender = running ?? start(handler);
    let answer: unknown;
    const calls = await endpoint.record(async () => {
      ({ answer } = await ask(contender, ...events));
    });
    return { name, handler, events: events.map((event) => named(event, name)), calls, answer };
  }

  async function startDevice(contender: Contender): Promise<Started> {
    const client = await newClient();
    const { answer } = await ask(contender, startEvent(client));
    const { device_code: deviceCode, user_code: userCode } = JSON.parse((answer as { body: string }).body);
    return { event: pollEvent(client, deviceCode), sessionId: sessionIdOf(deviceCode), userCode };
  }

  async function newClient(): Promise<Client> {
    const nowMs = Date.now();
    const client = makeClient({ createdAtMs: nowMs, expiresAt: Math.floor(nowMs / 1000) + 7_776_000 });
    await makeDynamoDbClientStore(parts.table).create(client);
    return client;
  }

  /** What only the first function ever does, the registration at Identity Center, is done before anything is recorded. */
  async function all(devices: number): Promise<Omit<Stage, 'endpoint' | 'close'>> {
    const running = start('device-api');
    const waiting: Started[] = [];
    for (let place = 0; place < devices; place += 1) waiting.push(await startDevice(running));
    const [alone, approved] = [await startDevice(running), await startDevice(running)];
    await new Promise((due) => setTimeout(due, DUE_FOR_ALL_MS));

    const poll = await record('poll, first tick', 'poll', [tickEvent(alone.sessionId)]);
    const approval = new URLSearchParams({ user_code: approved.userCode });
    await fetch(`${parts.identityCenter.url}/approve`, { method: 'POST', body: approval });
    await ask(start('poll'), tickEvent(approved.sessionId));
    const claim = await record('/token, claim', 'device-api', [approved.event], running);

    const events = waiting.map(({ event }) => event);
    const due = await record('/token, pending and due', 'device-api', events, running);
    // As if each had been polled this moment: for the rest of its life nothing is due.
    const nextPollAtMs = Date.now() + 3_600_000;
    for (const { sessionId } of waiting)
      await parts.table.update(sessionKey(sessionId), { set: { nextPollAtMs }, when: [] });
    const pending = await record('/token, pending', 'device-api', events, running);
    const first = await record('first /token', 'device-api', [waiting[0]?.event ?? '']);
    const startScene = await record('/device_authorization', 'device-api', [startEvent(await newClient())], running);
    const opsRunning = start('ops-api');
    await ask(opsRunning, listEvent());
    const list = await record('/sessions', 'ops-api', [listEvent()], opsRunning);
    const cold = [first, poll, ...(await others(startScene))];
    const opened = await record('first /device_authorization', 'device-api', [startEvent(await newClient())]);
    const opening = [...opened.calls, ...poll.calls].filter(
      ({ service, input }) => service === 'KMS' || /REGISTRATION#/.test(input),
    );
    return { warm: [pending, due, claim, startScene, list], cold, opening };
  }

  /** The functions without a warm scene: what they are called for is rare, or nobody waits for it. */
  async function others(startScene: Scene): Promise<Scene[]> {
    const put = startScene.calls.find(({ operation, input }) => operation === 'PutItem' && input.includes('SESSION#'));
    const batch = streamEvent(JSON.parse(put?.input ?? '{}').Item);
    return [
      await record('first /sessions', 'ops-api', [listEvent()]),
      await record('first batch', 'start-polling', [batch]),
      await record('first batch of events', 'publish-events', [batch]),
      await record('first schedule', 'announce-endings', ['{}']),
      await record('first minute', 'count-sessions', ['{}']),
    ];
  }

  return { all };
}

/** What a bare function finds its scene by; the handlers do not look at it. */
const named = (event: string, scene: string): string => JSON.stringify({ ...JSON.parse(event), scene });

function startEvent({ clientId }: Client): string {
  const members = { client_id: clientId, client_secret: clientSecretOf(clientId) };
  return JSON.stringify(deviceEvent(formCall('/device_authorization', members)));
}

function pollEvent({ clientId }: Client, deviceCode: string): string {
  const members = { client_id: clientId, client_secret: clientSecretOf(clientId), device_code: deviceCode };
  return JSON.stringify(deviceEvent(formCall('/token', { ...members, grant_type: DEVICE_GRANT })));
}

const listEvent = (): string => JSON.stringify(deviceEvent({ method: 'GET', path: '/sessions' }));

function tickEvent(sessionId: string): string {
  return JSON.stringify({ cohort: 'bench', generation: 0, tick: 0, sessionIds: [sessionId], waitSeconds: 1 });
}

function streamEvent(image: unknown): string {
  const dynamodb = { ApproximateCreationDateTime: Math.floor(Date.now() / 1000), NewImage: image, SequenceNumber: '1' };
  return JSON.stringify({ Records: [{ eventID: 'event-1', eventName: 'INSERT', dynamodb }] });
}
