import { authenticate, type Client, type ClientStore, MINIMUM_REMAINING_SECONDS } from './client.ts';
import { makeDeviceCode, sessionIdOf } from './device-code.ts';
import type { Observe } from './events.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import { sealPublicKeyOf } from './sealing.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Fleet, Settings } from './settings.ts';
import type { StartUpstream } from './start-upstream.ts';
import { normaliseStartUrl } from './start-url.ts';
import type { UpstreamProblem } from './upstream.ts';
import { makeUserCode, type UserCodes } from './user-code.ts';

/** What a device asks with. */
export interface DeviceAuthorizationRequest {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Only in the AWS dialect; compared with the fleet's. */
  readonly startUrl?: string | undefined;
  readonly sourceIp: string;
  /** The broker's own address, for the links that it makes itself. */
  readonly baseUrl: string;
}

/** What the device is told (RFC 8628 §3.2, StartDeviceAuthorization). */
export interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string;
  /** Seconds left of the code. */
  readonly expiresIn: number;
  /** Seconds between the device's polls. */
  readonly interval: number;
}

export interface StartSessionDependencies {
  readonly settings: Settings;
  readonly clients: ClientStore;
  readonly sessions: SessionStore;
  readonly userCodes: UserCodes;
  readonly startUpstream: StartUpstream;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

const RETRY_AFTER_SECONDS = 5;

/** A device whose approval may take a day need not ask every few seconds. */
const DEFERRED_INTERVAL_SECONDS = 30;

/** Codes tried until a free one is found: with a million living codes the first is taken once in 25,000 times. */
const USER_CODE_TRIES = 5;

/** What a new session waits for, and the code and link that its device shows. */
type Waiting = Pick<
  Session,
  | 'phase'
  | 'expiresAt'
  | 'intervalSeconds'
  | 'nextPollAtMs'
  | 'userCode'
  | 'verificationUri'
  | 'verificationUriComplete'
> &
  Partial<Session>;

/**
 * Starts a session for a device.
 *
 * 1. The client is authenticated, its fleet and start URL are checked.
 * 2. Immediate approval: upstream starts the authorization under the broker's own registration. Deferred approval: nothing
 *    is asked of upstream until a person arrives; the broker gives out a user code and link of its own.
 * 3. One session item is stored; from here the polling loop finds it by itself.
 * 4. It becomes the client's live session, and the one before it is superseded. (Last, so that a start which fails
 *    disturbs nothing, and of two starts at once exactly one is left.)
 */
export function makeStartSession(deps: StartSessionDependencies) {
  const { settings, clients, sessions, userCodes, startUpstream, clock, randomBytes, observe } = deps;

  async function waitForUpstream(fleet: Fleet): Promise<Waiting | Refusal> {
    // Before upstream is asked, so that the broker's code never outlives upstream's.
    const askedAtMs = clock.nowMs();
    const answer = await startUpstream(fleet);
    if (answer.kind !== 'started') return refusalOfUpstream(answer, fleet);
    const intervalSeconds = Math.max(1, answer.intervalSeconds, fleet.minimumIntervalSeconds);
    return {
      phase: 'pending',
      expiresAt: epochSeconds(askedAtMs) + answer.expiresInSeconds,
      intervalSeconds,
      nextPollAtMs: clock.nowMs() + intervalSeconds * 1000,
      registrationRef: answer.registration.registrationRef,
      registrationExpiresAt: answer.registration.expiresAt,
      ...answer.activation,
    };
  }

  async function waitForOperator(fleet: Fleet, client: Client, sessionId: string, baseUrl: string): Promise<Waiting> {
    const nowMs = clock.nowMs();
    const expiresAt = Math.min(epochSeconds(nowMs) + fleet.sessionLifetimeSeconds, client.expiresAt);
    const userCode = await reserveUserCode(sessionId, expiresAt, nowMs);
    const verificationUri = `${baseUrl}/activate`;
    return {
      phase: 'awaiting_operator',
      expiresAt,
      intervalSeconds: DEFERRED_INTERVAL_SECONDS,
      nextPollAtMs: nowMs,
      activations: 0,
      userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
    };
  }

  async function reserveUserCode(sessionId: string, expiresAt: number, nowMs: number): Promise<string> {
    for (let attempt = 0; attempt < USER_CODE_TRIES; attempt++) {
      const userCode = makeUserCode(randomBytes);
      if (await userCodes.reserve(userCode, sessionId, expiresAt, nowMs)) return userCode;
    }
    throw new Error('no free user code was found');
  }

  async function supersede(sessionId: string): Promise<void> {
    const nowMs = clock.nowMs();
    const from = ['awaiting_operator', 'pending'] as const;
    const reason = 'the device started a newer session';
    const ended = await sessions.end({ sessionId, phase: 'superseded', from, nowMs, reason });
    if (!ended.done) return;
    const { clientId, fleet, phase } = ended.session;
    observe({ event: 'session_settled', sessionId, clientId, fleet, phase });
  }

  return async function startSession(request: DeviceAuthorizationRequest): Promise<DeviceAuthorization | Refusal> {
    const client = authenticate(await clients.read(request.clientId), request.clientSecret, clock.nowMs());
    if (isRefusal(client)) return client;
    const fleet = settings.fleets[client.fleet];
    if (fleet === undefined) return FLEET_GONE;
    const refusal = refusalOf(client, fleet, request.startUrl, clock.nowMs());
    if (refusal !== undefined) return refusal;

    const createdAtMs = clock.nowMs();
    const deviceCode = makeDeviceCode(randomBytes, client.clientSecretHash);
    const sessionId = sessionIdOf(deviceCode);
    const waiting =
      fleet.approval === 'immediate'
        ? await waitForUpstream(fleet)
        : await waitForOperator(fleet, client, sessionId, request.baseUrl);
    if (isRefusal(waiting)) return waiting;

    const { clientId, clientName } = client;
    await sessions.create({
      sessionId,
      clientId,
      clientName,
      fleet: fleet.name,
      sourceIp: request.sourceIp,
      createdAtMs,
      slowDowns: 0,
      polls: 0,
      failedPolls: 0,
      invalidGrants: 0,
      sealPublicKey: await sealPublicKeyOf(deviceCode),
      ...waiting,
    });
    observe({ event: 'session_started', sessionId, clientId, fleet: fleet.name });
    const previous = await clients.swapLiveSession(clientId, sessionId);
    if (previous !== undefined) await supersede(previous);

    const {
      userCode = '',
      verificationUri = '',
      verificationUriComplete = '',
      expiresAt,
      intervalSeconds: interval,
    } = waiting;
    const expiresIn = expiresAt - epochSeconds(clock.nowMs());
    return { deviceCode, userCode, verificationUri, verificationUriComplete, expiresIn, interval };
  };
}

const FLEET_GONE = refuse(
  'unauthorized_client',
  'The fleet of this client is not configured any more. Register the device again with a current enrollment key.',
);

function refusalOf(client: Client, fleet: Fleet, startUrl: string | undefined, nowMs: number): Refusal | undefined {
  if (client.expiresAt - epochSeconds(nowMs) < MINIMUM_REMAINING_SECONDS) {
    return refuse(
      'invalid_client',
      'This client registration is about to expire. Register this device again with its enrollment key.',
    );
  }
  if (startUrl !== undefined && normaliseStartUrl(startUrl) !== normaliseStartUrl(fleet.startUrl)) {
    return refuse(
      'invalid_request',
      `This start URL is not the one of fleet ${fleet.name}. Use ${fleet.startUrl} as startUrl.`,
    );
  }
  return undefined;
}

/** What a caller is told when upstream did not start an authorization. */
export function refusalOfUpstream(problem: UpstreamProblem, fleet: Fleet): Refusal {
  switch (problem.kind) {
    case 'invalid_client':
    case 'refused':
      return refuse(
        'invalid_request',
        `Identity Center refused to start a sign-in for fleet ${fleet.name}. Ask an operator to check its startUrl and region.`,
      );
    case 'unavailable':
      return problem.cause === 'throttled'
        ? refuse('slow_down', 'Identity Center is throttling sign-ins. Wait and start again.', RETRY_AFTER_SECONDS)
        : refuse('server_error', 'Identity Center did not answer. Wait and start again.', RETRY_AFTER_SECONDS);
    default:
      return problem satisfies never;
  }
}
