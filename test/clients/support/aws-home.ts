/** A home folder with an SSO profile and a token cache, as `aws sso login` leaves it behind. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalBroker } from '../../../local/broker.ts';
import type { DeviceClient, Tokens } from './device.ts';

/** The token cache file of the AWS CLI and SDKs. */
export interface CachedToken {
  readonly startUrl: string;
  readonly region: string;
  readonly accessToken: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly registrationExpiresAt?: string;
  readonly refreshToken?: string;
}

/** A home folder, and the environment that points an AWS program at it and at the broker. */
export interface AwsHome {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readToken(): CachedToken;
  remove(): void;
}

/** The account and role of the profile; the local Identity Center has them. */
export const PROFILE = { accountId: '111122223333', roleName: 'DeviceRole' };

const SESSION = 'kiosk';

/** `2026-11-21T07:00:00Z`: the form that every SDK reads. */
const iso = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');

/**
 * Makes a home.
 *
 * @param device whose tokens to put into the cache; undefined: no cache, as before a login
 * @param secondsLeft of the cached token: below 300 every SDK refreshes, below 0 it has to
 */
export function makeAwsHome(broker: LocalBroker, device?: DeviceClient & Tokens, secondsLeft = 60): AwsHome {
  const path = mkdtempSync(join(tmpdir(), 'aws-home-'));
  const cache = join(path, '.aws', 'sso', 'cache');
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(path, '.aws', 'config'), configOf(broker));
  const tokenPath = join(cache, `${createHash('sha1').update(SESSION).digest('hex')}.json`);
  if (device !== undefined) {
    writeFileSync(tokenPath, JSON.stringify(cachedToken(broker, device, secondsLeft)), { mode: 0o600 });
  }
  return {
    path,
    env: {
      HOME: path,
      AWS_PROFILE: SESSION,
      AWS_ENDPOINT_URL_SSO_OIDC: broker.deviceEndpoint,
      AWS_ENDPOINT_URL_SSO: broker.identityCenter,
    },
    readToken: () => JSON.parse(readFileSync(tokenPath, 'utf8')) as CachedToken,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function configOf({ startUrl }: LocalBroker): string {
  return `[profile ${SESSION}]
sso_session = ${SESSION}
sso_account_id = ${PROFILE.accountId}
sso_role_name = ${PROFILE.roleName}
region = us-east-1

[sso-session ${SESSION}]
sso_start_url = ${startUrl}
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`;
}

function cachedToken(broker: LocalBroker, device: DeviceClient & Tokens, secondsLeft: number): CachedToken {
  return {
    startUrl: broker.startUrl,
    region: 'us-east-1',
    accessToken: device.accessToken,
    expiresAt: iso(Date.now() + secondsLeft * 1000),
    clientId: device.clientId,
    clientSecret: device.clientSecret,
    registrationExpiresAt: iso(Date.now() + 80 * 86_400_000),
    refreshToken: device.refreshToken,
  };
}
