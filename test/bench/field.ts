import type { Item } from '../../lambda/adapters/table.ts';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { isRefusal, type Refusal } from '../../lambda/core/oauth-error.ts';
import type { DeviceAuthorization } from '../../lambda/core/start-session.ts';
import { THROTTLED } from '../../lib/gateway-responses.ts';
import { clientSecretOf, makeClient } from '../support/fake-records.ts';
import type { BenchBroker } from './bench-broker.ts';
import type { BenchIdentityCenter } from './identity-center.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The field: devices that behave as docs/clients.md and device/ftb say, and the people who approve them. */

export interface DeviceHabits {
  /** `poll`: asks at its interval. `sleep`: asks for a code and goes to sleep until half a minute after its approval. */
  readonly devices: 'poll' | 'sleep';
  /** Seconds from the moment that a person is on AWS's page to the approval; absent: nobody comes. */
  readonly approvedAfterSeconds?: number;
}

export interface FieldOptions extends DeviceHabits {
  readonly time: VirtualTime;
  readonly broker: BenchBroker;
  readonly upstream: BenchIdentityCenter;
  readonly random: () => number;
  readonly fleet: string;
  /** What stands in front of the broker. @default - nothing that refuses */
  readonly gateway?: Gateway;
  /** What a device that may not start yet is told to wait. @default - what the broker says */
  readonly retryAfter?: RetryAfter;
}

/** Seconds that a device is told to wait which may not start yet. */
export interface RetryAfter {
  /** Identity Center throttles: there is a queue of hours, and no use in asking soon. */
  readonly throttledSeconds?: number;
  /** The broker, its table or the gateway is busy for a moment. */
  readonly busySeconds?: number;
}

/** What a device calls. */
export type Route = 'start' | 'poll';

/** API Gateway: it may refuse a request before the broker sees it. */
export interface Gateway {
  admits(route: Route): boolean;
  /** A device was told to come back later. */
  toldToSlowDown(): void;
}

/** How a device's sign-in ended. */
export type Ending = 'tokens' | 'expired' | 'refused' | 'asleep';

/** Seconds between a device's code and the person at the broker's page (deferred approval). */
const PERSON_COMES_SECONDS = 5;

/** Seconds after its approval when a sleeping device wakes up. */
const SLEEPS_ON_SECONDS = 30;

/** The broker's own address. */
const BASE_URL = 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/v1';

/**
 * Tries of one run of `ftb` that is told when to come again, and how much later it comes at most; a timer starts it again a
 * minute later, give or take (device/systemd/ftb.timer).
 */
const TRIES = 12;
const LATER_SECONDS = 2;
const TIMER_SECONDS = 60;
const TIMER_DELAY_SECONDS = 15;

/** What the gateway says when it has no room. */
const NO_ROOM = {
  refused: 'slow_down',
  description: 'Too many requests. Wait and try again.',
  retryAfterSeconds: Number(THROTTLED.headers['Retry-After']),
} as const;

/** A fault in the broker or before it, as a device sees it (lambda/http/oauth-errors.ts): 503, and when to come again. */
function refusalOfFault(error: Error): Refusal {
  const { name } = error;
  if (name !== 'Lambda.TooManyRequestsException' && name !== 'ProvisionedThroughputExceededException') throw error;
  return { refused: 'server_error', description: 'The broker is busy. Try again.', retryAfterSeconds: 8 };
}

/** Makes the way of one device from its reboot to its token. */
export function makeDevice({ time, broker, upstream, random, fleet, gateway, retryAfter, ...habits }: FieldOptions) {
  const sleepSeconds = (seconds: number): Promise<void> => time.sleep(Math.round(seconds * 1000));

  /** A registered client; registering is once in 90 days, and no part of a sign-in. */
  function enrolled(number: number) {
    const clientId = sha256(`device ${number}`);
    const client = makeClient({ clientId, fleet });
    (broker.items as Map<string, Item>).set(`CLIENT#${clientId}`, { pk: `CLIENT#${clientId}`, ...client });
    return { clientId, clientSecret: clientSecretOf(clientId) };
  }

  const storedSession = (deviceCode: string): Item | undefined =>
    broker.items.get(`SESSION#${sessionIdOf(deviceCode)}`);

  /** A person opens the page of a deferred session and goes on to AWS. */
  async function comeToPage({ userCode }: DeviceAuthorization): Promise<void> {
    await sleepSeconds(PERSON_COMES_SECONDS);
    await broker.request('sign-in', ({ activation }) => activation.find(userCode, '198.51.100.7'));
    await broker.request('sign-in', ({ activation }) => activation.continueToAws(userCode, '198.51.100.7'));
  }

  /** @returns when the device has its approval, epoch milliseconds; never: Infinity */
  async function approve(started: DeviceAuthorization): Promise<number> {
    if (habits.approvedAfterSeconds === undefined) return Number.POSITIVE_INFINITY;
    if (storedSession(started.deviceCode)?.phase === 'awaiting_operator') await comeToPage(started);
    const atMs = time.nowMs() + habits.approvedAfterSeconds * 1000;
    upstream.approve(String(storedSession(started.deviceCode)?.upstreamDeviceCode), atMs);
    return atMs;
  }

  /** Polls at the interval (device/ftb: up to a fifth more), slower when it is told so, until there is an end. */
  async function poll(credentials: Credentials, { deviceCode, interval: first }: DeviceAuthorization): Promise<Ending> {
    let interval = first;
    for (;;) {
      await sleepSeconds(interval + Math.floor(random() * (Math.floor(interval / 5) + 1)));
      const answer = await ask('poll', () =>
        broker.request('device polls', ({ redeemDeviceCode }) => redeemDeviceCode({ ...credentials, deviceCode })),
      );
      if (!isRefusal(answer)) return 'tokens';
      if (answer.refused === 'expired_token') return 'expired';
      if (answer.refused === 'slow_down') interval += 5;
      else if (answer.refused !== 'authorization_pending' && answer.refused !== 'server_error') return 'refused';
    }
  }

  async function wakeUp(
    credentials: Credentials,
    started: DeviceAuthorization,
    approval: Promise<number>,
  ): Promise<Ending> {
    const approvedAtMs = await approval;
    if (approvedAtMs === Number.POSITIVE_INFINITY) return 'asleep';
    await time.sleep(approvedAtMs + SLEEPS_ON_SECONDS * 1000 - time.nowMs());
    return poll(credentials, { ...started, interval: 0 });
  }

  /** A request through the gateway. */
  async function ask<T>(route: Route, request: () => Promise<T>): Promise<T | Refusal> {
    const answer = (gateway?.admits(route) ?? true) ? await request().catch(refusalOfFault) : NO_ROOM;
    if (isRefusal(answer) && answer.retryAfterSeconds !== undefined) gateway?.toldToSlowDown();
    return answer;
  }

  const start = (credentials: Credentials): Promise<DeviceAuthorization | Refusal> =>
    ask('start', () =>
      broker.request('sign-in', ({ startSession }) =>
        startSession({ ...credentials, sourceIp: '192.0.2.7', baseUrl: BASE_URL }),
      ),
    );

  /** Starts as `ftb` does: waits as long as it is told and tries again; the timer tries anew a minute later. */
  async function startPatiently(credentials: Credentials): Promise<DeviceAuthorization | Refusal> {
    for (;;) {
      for (let tried = 0; tried < TRIES; tried += 1) {
        const answer = await start(credentials);
        if (!isRefusal(answer) || !['slow_down', 'server_error'].includes(answer.refused)) return answer;
        const isBusy = answer === NO_ROOM || answer.refused === 'server_error';
        const said = isBusy ? retryAfter?.busySeconds : retryAfter?.throttledSeconds;
        const toldSeconds = said ?? answer.retryAfterSeconds ?? 2 ** tried;
        // Nobody waits that long in a run of its own: the timer comes again.
        if (toldSeconds > TIMER_SECONDS) break;
        if (tried < TRIES - 1) await sleepSeconds(toldSeconds + Math.floor(random() * (LATER_SECONDS + 1)));
      }
      await sleepSeconds(TIMER_SECONDS + random() * TIMER_DELAY_SECONDS);
    }
  }

  return {
    enrolled,
    start,
    startPatiently,

    /** From a code to an ending. */
    async waitForApproval(credentials: Credentials, started: DeviceAuthorization): Promise<Ending> {
      const approval = approve(started);
      return habits.devices === 'poll' ? poll(credentials, started) : wakeUp(credentials, started, approval);
    },
  };
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}
