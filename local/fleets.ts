/** The fleets of the local run. A fleet of a deployment is never used here: it points at a real access portal. */

/** The name of the fleet that the quick start uses. */
export const QUICK_START_FLEET = 'local';

/**
 * A start URL in the form of AWS's own, which AWS CLI 2.35.13 and later ask for before they sign in. The stand-in takes it
 * for its own; nobody goes there.
 */
export const AWS_START_URL = 'https://d-1234567890.awsapps.com/start';

/**
 * The broker configuration that the local run synthesizes, in the form of cdk.json's `context.broker`: one fleet of each kind.
 *
 * @param identityCenterUrl the address of the Identity Center stand-in, without a trailing slash
 */
export function localBrokerConfig(identityCenterUrl: string): { fleets: Record<string, Record<string, unknown>> } {
  const identityCenter = {
    startUrl: `${identityCenterUrl}/start`,
    region: 'us-east-1',
    minimumInterval: 1,
    upstreamEndpoint: identityCenterUrl,
    portalEndpoint: identityCenterUrl,
  };
  return {
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
