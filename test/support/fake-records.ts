import { CLIENT_LIFETIME_SECONDS, type Client } from '../../lambda/core/client.ts';
import type { EnrollmentKey } from '../../lambda/core/enrollment-key.ts';
import type { Grant } from '../../lambda/core/grant.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import type { Session } from '../../lambda/core/session.ts';
import type { Fleet } from '../../lambda/core/settings.ts';
import { START_MS, START_SECONDS } from './fake-clock.ts';

/** Records of every kind as they are at the tests' beginning; what a test is about, it names itself. */

let made = 0;

/** An id of the right form that no other record has; ids made later sort anywhere. */
export function freshId(): string {
  made += 1;
  return sha256(`record ${made}`);
}

/** A fleet that polls every 5 seconds. */
export function makeFleet(own: Partial<Fleet> = {}): Fleet {
  return {
    name: 'kiosks',
    startUrl: 'https://d-1234567890.awsapps.com/start',
    region: 'eu-central-1',
    scopes: ['sso:account:access'],
    approval: 'immediate',
    release: 'token',
    sessionLifetimeSeconds: 86_400,
    minimumIntervalSeconds: 5,
    ...own,
  };
}

/** A session that is due: started 5 seconds ago, not polled yet. */
export function makeSession(own: Partial<Session> = {}): Session {
  return {
    sessionId: freshId(),
    phase: 'pending',
    clientId: 'client-1',
    fleet: 'kiosks',
    clientName: 'kiosk-7',
    sourceIp: '192.0.2.7',
    createdAtMs: START_MS - 5_000,
    expiresAt: START_SECONDS + 595,
    intervalSeconds: 5,
    slowDowns: 0,
    nextPollAtMs: START_MS,
    polls: 0,
    failedPolls: 0,
    invalidGrants: 0,
    registrationRef: 'eu-central-1 sso:account:access#1',
    registrationExpiresAt: START_SECONDS + 7_000_000,
    sealPublicKey: 'c2VhbC1rZXk',
    upstreamDeviceCode: 'upstream-device-code',
    userCode: 'BCDF-GHJK',
    verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
    verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=BCDF-GHJK',
    ...own,
  };
}

/** The secret of a client that `makeClient` made. */
export function clientSecretOf(clientId: string): string {
  return `secret-of-${clientId}`;
}

/** A client in good standing. */
export function makeClient(own: Partial<Client> = {}): Client {
  const { clientId = freshId() } = own;
  return {
    clientId,
    clientSecretHash: sha256(clientSecretOf(clientId)),
    clientName: 'kiosk-7',
    fleet: 'kiosks',
    enrollmentKeyId: 'enrollment-1',
    createdAtMs: START_MS,
    expiresAt: START_SECONDS + CLIENT_LIFETIME_SECONDS,
    ...own,
  };
}

/** A living grant that nobody has leased. */
export function makeGrant(own: Partial<Grant> = {}): Grant {
  return {
    grantId: freshId(),
    clientId: 'client-1',
    fleet: 'kiosks',
    sessionId: freshId(),
    registrationRef: 'eu-central-1 sso:account:access#1',
    createdAtMs: START_MS,
    expiresAt: START_SECONDS + 7_000_000,
    sealedCustody: 'sealed-custody',
    version: 1,
    leaseUntilMs: 0,
    ...own,
  };
}

/** An enrollment key that any number of devices may use for a day. */
export function makeEnrollmentKey(own: Partial<EnrollmentKey> = {}): EnrollmentKey {
  return {
    enrollmentKeyId: freshId().slice(0, 12),
    keyHash: sha256('an enrollment key'),
    fleet: 'kiosks',
    createdAtMs: START_MS,
    expiresAt: START_SECONDS + 86_400,
    uses: 0,
    ...own,
  };
}
