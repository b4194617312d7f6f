import { authenticate, type Client, type ClientStore, MINIMUM_REMAINING_SECONDS } from './client.ts';
import { makeDeviceCode, sessionIdOf } from './device-code.ts';
import type { Observe } from './events.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import type { Registration, Registrations } from './registration.ts';
import { sealPublicKeyOf } from './sealing.ts';
import type { Activation, Session } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Fleet, Settings } from './settings.ts';
import { normaliseStartUrl } from './start-url.ts';
import type { Upstream, UpstreamProblem } from './upstream.ts';

/** What a device asks with. */
export interface DeviceAuthorizationRequest {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Only in the AWS dialect; compared with the fleet's. */
  readonly startUrl?: string;
  readonly sourceIp: string;
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
  readonly upstream: Upstream;
  readonly registrations: Registrations;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

const RETRY_AFTER_SECONDS = 5;

/**
 * Starts a session for a device.
 *
 * 1. The client is authenticated, its fleet and start URL are checked.
 * 2. Upstream starts the authorization under the broker's own registration.
 * 3. One session item is stored; from here the polling loop finds it by itself.
 * 4. It becomes the client's live session, and the one before it is superseded. (Last, so that a start which fails
 *    disturbs nothing, and of two starts at once exactly one is left.)
 */
export function makeStartSession(deps: StartSessionDependencies) {
  const { settings, clients, sessions, upstream, registrations, clock, randomBytes, observe } = deps;

  /** Asks upstream; a registration that upstream has forgotten is replaced once. */
  async function activate(fleet: Fleet) {
    let registration = await registrations.current(fleet);
    for (const lastTry of [false, true]) {
      if ('kind' in registration) return registration;
      const answer = await upstream.startDeviceAuthorization(fleet, registration, fleet.startUrl);
      if (answer.kind !== 'invalid_client' || lastTry) {
        return answer.kind === 'started' ? { ...answer, registration } : answer;
      }
      registration = await registrations.current(fleet, registration);
    }
    throw new Error('unreachable: the second try always answers');
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
    const refusal = refusalOf(client, fleet, request.startUrl, clock.nowMs());
    if (refusal !== undefined || fleet === undefined) return refusal ?? refuse('unauthorized_client', FLEET_GONE);

    const askedAtMs = clock.nowMs();
    const answer = await activate(fleet);
    if (answer.kind !== 'started') return refusalOfUpstream(answer, fleet);

    const deviceCode = makeDeviceCode(randomBytes, client.clientSecretHash);
    const session = await newSession({ client, fleet, deviceCode, answer, askedAtMs, sourceIp: request.sourceIp });
    await sessions.create(session);
    const { sessionId, clientId } = session;
    observe({ event: 'session_started', sessionId, clientId, fleet: fleet.name });
    const previous = await clients.swapLiveSession(clientId, sessionId);
    if (previous !== undefined) await supersede(previous);

    const { userCode, verificationUri, verificationUriComplete } = answer.activation;
    const expiresIn = session.expiresAt - epochSeconds(clock.nowMs());
    return {
      deviceCode,
      userCode,
      verificationUri,
      verificationUriComplete,
      expiresIn,
      interval: session.intervalSeconds,
    };
  };
}

const FLEET_GONE =
  'The fleet of this client is not configured any more. Register the device again with a current enrollment key.';

function refusalOf(
  client: Client,
  fleet: Fleet | undefined,
  startUrl: string | undefined,
  nowMs: number,
): Refusal | undefined {
  if (fleet === undefined) return refuse('unauthorized_client', FLEET_GONE);
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

function refusalOfUpstream(problem: UpstreamProblem, fleet: Fleet): Refusal {
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

interface SessionFacts {
  readonly client: Client;
  readonly fleet: Fleet;
  readonly deviceCode: string;
  readonly answer: {
    readonly activation: Activation;
    readonly expiresInSeconds: number;
    readonly intervalSeconds: number;
    readonly registration: Registration;
  };
  /** Before upstream was asked, so that the broker's code never outlives upstream's. */
  readonly askedAtMs: number;
  readonly sourceIp: string;
}

async function newSession(facts: SessionFacts): Promise<Session> {
  const { client, fleet, deviceCode, answer, askedAtMs, sourceIp } = facts;
  const intervalSeconds = Math.max(1, answer.intervalSeconds, fleet.minimumIntervalSeconds);
  return {
    sessionId: sessionIdOf(deviceCode),
    phase: 'pending',
    clientId: client.clientId,
    fleet: fleet.name,
    clientName: client.clientName,
    sourceIp,
    createdAtMs: askedAtMs,
    expiresAt: epochSeconds(askedAtMs) + answer.expiresInSeconds,
    intervalSeconds,
    slowDowns: 0,
    nextPollAtMs: askedAtMs + intervalSeconds * 1000,
    polls: 0,
    failedPolls: 0,
    invalidGrants: 0,
    registrationRef: answer.registration.registrationRef,
    registrationExpiresAt: answer.registration.expiresAt,
    sealPublicKey: await sealPublicKeyOf(deviceCode),
    ...answer.activation,
  };
}
