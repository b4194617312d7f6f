import type { AuthenticateClient, ClientProof } from './authenticate-client.ts';
import { type Client, type ClientStore, MINIMUM_REMAINING_SECONDS } from './client.ts';
import { freshSession, type SessionRequest } from './deferred-session.ts';
import { makeDeviceCode } from './device-code.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import type { OpenSession } from './open-session.ts';
import { firstPollAtMs } from './poll-policy.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import type { Session } from './session.ts';
import type { Fleet, Settings } from './settings.ts';
import type { StartUpstream } from './start-upstream.ts';
import { normaliseStartUrl } from './start-url.ts';
import type { UpstreamProblem } from './upstream.ts';

/** What a device asks with. */
export interface DeviceAuthorizationRequest extends ClientProof {
  /** Only in the AWS dialect; compared with the fleet's. */
  readonly startUrl?: string | undefined;
  readonly sourceIp: string;
  /** The broker's own address, for the links that it makes itself. */
  readonly baseUrl: string;
  /** The API request's own id, for the log. */
  readonly correlationId?: string | undefined;
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
  readonly authenticate: AuthenticateClient;
  readonly openSession: OpenSession;
  readonly deferredSession: (request: SessionRequest) => Promise<Session>;
  readonly startUpstream: StartUpstream;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** A throttled Identity Center has a queue of minutes: who comes back soon only makes it longer. */
const THROTTLED_SECONDS = 65;
const RETRY_AFTER_SECONDS = 20;

/**
 * Starts a session for a device.
 *
 * 1. The client is authenticated, its fleet and start URL are checked.
 * 2. Immediate approval: upstream starts the authorization under the broker's own registration. Deferred approval: nothing
 *    is asked of upstream until a person arrives.
 * 3. One session item is stored; from here the polling loop finds it by itself. It supersedes the client's last one.
 */
export function makeStartSession(deps: StartSessionDependencies) {
  const { settings, clients, authenticate, openSession, deferredSession, startUpstream, clock, randomBytes } = deps;

  async function immediateSession(request: SessionRequest): Promise<Session | Refusal> {
    const { fleet } = request;
    // Before upstream is asked, so that the broker's code never outlives upstream's.
    const askedAtMs = clock.nowMs();
    const answer = await startUpstream(fleet);
    if (answer.kind !== 'started') return refusalOfUpstream(answer, fleet);
    const intervalSeconds = Math.max(1, answer.intervalSeconds, fleet.minimumIntervalSeconds);
    return {
      ...freshSession(request, askedAtMs),
      phase: 'pending',
      expiresAt: epochSeconds(askedAtMs) + answer.expiresInSeconds,
      intervalSeconds,
      nextPollAtMs: firstPollAtMs(intervalSeconds, clock.nowMs(), answer.atQuota),
      registrationRef: answer.registration.registrationRef,
      registrationExpiresAt: answer.registration.expiresAt,
      ...answer.activation,
    };
  }

  return async function startSession(request: DeviceAuthorizationRequest): Promise<DeviceAuthorization | Refusal> {
    const client = await authenticate(await clients.read(request.clientId), request);
    if (isRefusal(client)) return client;
    const fleet = settings.fleets[client.fleet];
    if (fleet === undefined) return FLEET_GONE;
    const refusal = refusalOf(client, fleet, request.startUrl, clock.nowMs());
    if (refusal !== undefined) return refusal;

    const { sourceIp, baseUrl, correlationId } = request;
    const deviceCode = makeDeviceCode(randomBytes, client.clientSecretHash);
    const wanted = { client, fleet, deviceCode, sourceIp, baseUrl, correlationId };
    const session = fleet.approval === 'immediate' ? await immediateSession(wanted) : await deferredSession(wanted);
    if (isRefusal(session)) return session;
    await openSession(session, client);
    return deviceAuthorizationOf(session, deviceCode, clock.nowMs());
  };
}

function deviceAuthorizationOf(session: Session, deviceCode: string, nowMs: number): DeviceAuthorization {
  const {
    userCode = '',
    verificationUri = '',
    verificationUriComplete = '',
    expiresAt,
    intervalSeconds: interval,
  } = session;
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete,
    expiresIn: expiresAt - epochSeconds(nowMs),
    interval,
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
      return problem.cause === 'throttled' || problem.cause === 'paced'
        ? refuse('slow_down', 'Identity Center is throttling sign-ins. Wait and start again.', THROTTLED_SECONDS)
        : refuse('server_error', 'Identity Center did not answer. Wait and start again.', RETRY_AFTER_SECONDS);
    default:
      return problem satisfies never;
  }
}
