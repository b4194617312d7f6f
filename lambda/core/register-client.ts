import { CLIENT_LIFETIME_SECONDS, type ClientIdentity, type ClientStore } from './client.ts';
import { type EnrollmentKeyStore, enrollmentKeyIdOf, enrollmentProblem } from './enrollment-key.ts';
import type { Observe } from './events.ts';
import { sha256 } from './hashing.ts';
import { type Refusal, refuse } from './oauth-error.ts';
import { opaqueText } from './opaque-text.ts';
import { type Clock, epochSeconds, type RandomBytes } from './ports.ts';
import type { Settings } from './settings.ts';

/** A new registration, told to the device once. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Epoch seconds. */
  readonly clientIdIssuedAt: number;
  /** Epoch seconds; never 0: AWS clients read that as 1970. */
  readonly clientSecretExpiresAt: number;
  readonly fleet: string;
}

export interface RegistrationRequest {
  readonly clientName: string;
  /** As presented; undefined when none was. */
  readonly enrollmentKey: string | undefined;
  /** What the device will show instead of a secret. */
  readonly identity?: ClientIdentity | undefined;
}

export interface RegisterClientDependencies {
  readonly settings: Settings;
  readonly clients: ClientStore;
  readonly enrollmentKeys: EnrollmentKeyStore;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly observe: Observe;
}

const HOW_TO_ENROLL =
  'Send a valid enrollment key as Authorization: Bearer, or use <api>/e/<key> as the endpoint; operators create keys.';

/**
 * Registers a device (RFC 7591 §3, RegisterClient).
 *
 * 1. The enrollment key is checked and one use of it counted, in one conditional write.
 * 2. The client is stored, its secret only as a hash. (A crash in between costs a use, never admits a device twice.)
 */
export function makeRegisterClient(deps: RegisterClientDependencies) {
  const { settings, clients, enrollmentKeys, clock, randomBytes, observe } = deps;

  return async function registerClient(request: RegistrationRequest): Promise<RegisteredClient | Refusal> {
    const text = request.enrollmentKey;
    const enrollmentKeyId = text === undefined ? undefined : enrollmentKeyIdOf(text);
    if (text === undefined || enrollmentKeyId === undefined) {
      return refuse('invalid_token', `Registration needs an enrollment key. ${HOW_TO_ENROLL}`);
    }
    const nowMs = clock.nowMs();
    const key = await enrollmentKeys.read(enrollmentKeyId);
    const problem = enrollmentProblem(key, text, nowMs);
    if (key === undefined || problem !== undefined) return refuse('invalid_token', `${problem} ${HOW_TO_ENROLL}`);
    if (settings.fleets[key.fleet] === undefined) {
      return refuse('invalid_token', `The fleet of this enrollment key is not configured any more. ${HOW_TO_ENROLL}`);
    }
    const clientId = opaqueText(randomBytes(16));
    if (!(await enrollmentKeys.countUse(enrollmentKeyId, clientId, nowMs))) {
      return refuse('invalid_token', `This enrollment key has just been used up, revoked or expired. ${HOW_TO_ENROLL}`);
    }

    const clientSecret = opaqueText(randomBytes(32));
    const issuedAt = epochSeconds(nowMs);
    const expiresAt = issuedAt + CLIENT_LIFETIME_SECONDS;
    const { fleet } = key;
    const { clientName, identity } = request;
    await clients.create({
      clientId,
      clientSecretHash: sha256(clientSecret),
      ...(identity !== undefined && { identity }),
      clientName,
      fleet,
      enrollmentKeyId,
      createdAtMs: nowMs,
      expiresAt,
    });
    observe({ event: 'client_registered', clientId, fleet, enrollmentKeyId });
    return { clientId, clientSecret, clientIdIssuedAt: issuedAt, clientSecretExpiresAt: expiresAt, fleet };
  };
}
