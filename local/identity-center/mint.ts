import { createHash } from 'node:crypto';

/** Source of randomness: that many random bytes. */
export type RandomBytes = (size: number) => Buffer;

/** Twenty consonants: no vowels so that no word appears, none that is mistaken for another (RFC 8628 section 6.1). */
const USER_CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const REGION = 'us-east-1';

/** Lower-case hex SHA-256; the only form in which this service keeps a secret. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A client id as the real ones look: 16 random bytes and the Region's name, base64url, 34 characters. */
export function mintClientId(random: RandomBytes): string {
  return Buffer.concat([random(16), Buffer.from(REGION)]).toString('base64url');
}

/** A client secret as the real ones look: an HS384 JWT of more than 700 characters, so that sizes downstream are honest. */
export function mintClientSecret(
  random: RandomBytes,
  client: {
    clientId: string;
    clientName: string;
    scopes: readonly string[];
    issuedAtEpochSeconds: number;
    expiresAtEpochSeconds: number;
  },
): string {
  const header = { kid: `key-${client.issuedAtEpochSeconds}`, alg: 'HS384' };
  const serialized = {
    clientId: { value: client.clientId },
    idempotentKey: null,
    tenantId: null,
    clientName: client.clientName,
    backfillVersion: null,
    clientType: 'PUBLIC',
    templateArn: null,
    templateContext: null,
    expirationTimestamp: client.expiresAtEpochSeconds,
    createdTimestamp: client.issuedAtEpochSeconds,
    updatedTimestamp: client.issuedAtEpochSeconds,
    createdBy: null,
    updatedBy: null,
    status: null,
    initiateLoginUri: null,
    entitledResourceId: null,
    entitledResourceContainerId: null,
    externalId: null,
    softwareId: null,
    scopes: client.scopes.map((fullScope) => ({ fullScope, status: 'INITIAL', type: 'ImmediateAccessScope' })),
    enabledGrants: null,
  };
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode(header)}.${encode({ serialized: JSON.stringify(serialized) })}.${random(48).toString('base64url')}`;
}

/** A device code: 64 random bytes, 86 base64url characters. */
export function mintDeviceCode(random: RandomBytes): string {
  return random(64).toString('base64url');
}

/** A user code `XXXX-XXXX`, every letter equally likely. */
export function mintUserCode(random: RandomBytes): string {
  // 240 is the largest multiple of 20 in a byte: bytes above it would favour the first letters.
  const letters: string[] = [];
  while (letters.length < 8) {
    for (const byte of random(8)) if (byte < 240) letters.push(USER_CODE_ALPHABET.charAt(byte % 20));
  }
  return `${letters.slice(0, 4).join('')}-${letters.slice(4, 8).join('')}`;
}

/** An access token with the real prefix and the real shape, payload and signature parted by a colon. */
export function mintAccessToken(random: RandomBytes): string {
  return `aoaAAAAA${random(180).toString('base64url')}:${random(102).toString('base64')}`;
}

/** A refresh token with the real prefix. */
export function mintRefreshToken(random: RandomBytes): string {
  return `aorAAAAA${random(210).toString('base64url')}:${random(102).toString('base64')}`;
}

/** Role credentials that look like STS's and open nothing. */
export function mintRoleCredentials(random: RandomBytes): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
} {
  return {
    accessKeyId: `ASIA${random(8).toString('hex').toUpperCase()}`,
    secretAccessKey: random(30).toString('base64'),
    sessionToken: `IQoJb3JpZ2luX2Vj${random(420).toString('base64')}`,
  };
}
