/** The fleets of the local run. A fleet of a deployment is never used here: it points at a real access portal. */

import type { DeviceAuth } from '../lambda/core/settings.ts';

/** The name of the fleet that the quick start uses. */
export const QUICK_START_FLEET = 'local';

/**
 * A start URL in the form of AWS's own, which AWS CLI 2.35.13 and later ask for before they sign in. The stand-in takes it
 * for its own; nobody goes there.
 */
export const AWS_START_URL = 'https://d-1234567890.awsapps.com/start';

/** What a deployment's own configuration decides here too. */
export interface LocalAccess {
  /** @default standard */
  readonly loop?: 'standard' | 'express' | undefined;
  /** @default client_secret */
  readonly deviceAuth?: DeviceAuth | undefined;
  /** The certificates of the authorities whose devices may connect, a PEM file; with `mtls` only. */
  readonly truststore?: string | undefined;
}

/** The configuration, as far as the local run reads it itself. */
export interface LocalBrokerConfig {
  readonly loop: 'standard' | 'express';
  readonly deviceAuth: DeviceAuth;
  readonly fleets: Record<string, Record<string, unknown>>;
}

/** A template with mutual TLS names a domain; here nobody goes there. */
const LOCAL_DOMAIN = {
  name: 'devices.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
} as const;

/**
 * The broker configuration that the local run synthesizes, in the form of cdk.json's `context.broker`: one fleet of each kind.
 *
 * @param identityCenterUrl the address of the Identity Center stand-in, without a trailing slash
 */
export function localBrokerConfig(identityCenterUrl: string, access: LocalAccess = {}): LocalBrokerConfig {
  const identityCenter = {
    startUrl: `${identityCenterUrl}/start`,
    region: 'us-east-1',
    minimumInterval: 1,
    upstreamEndpoint: identityCenterUrl,
    portalEndpoint: identityCenterUrl,
  };
  const { loop = 'standard', deviceAuth = 'client_secret', truststore } = access;
  return {
    loop,
    deviceAuth,
    ...(truststore !== undefined && { domain: { ...LOCAL_DOMAIN, truststore } }),
    fleets: {
      [QUICK_START_FLEET]: { ...identityCenter, approval: 'immediate' },
      'aws-cli': { ...identityCenter, startUrl: AWS_START_URL, approval: 'immediate' },
      kiosks: { ...identityCenter, approval: 'deferred' },
      gateways: {
        ...identityCenter,
        approval: 'deferred',
        release: 'credentials',
        accountId: '111122223333',
        roleName: 'DeviceRole',
      },
    },
  };
}
