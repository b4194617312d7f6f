/** Stands in for Identity Center: answers at once, and remembers only what a person has decided. */
import { type Clock, epochSeconds } from '../../../lambda/core/ports.ts';
import { makeSecret } from '../../../lambda/core/secret.ts';
import type { TokenAnswer, Upstream } from '../../../lambda/core/upstream.ts';

const decided = new Map<string, 'approved' | 'denied'>();
let started = 0;

/** A person decides about an upstream user code. */
export function decide(userCode: string, decision: 'approved' | 'denied'): void {
  decided.set(userCode, decision);
}

function answerTo(deviceCode: string, nowSeconds: number): TokenAnswer {
  const decision = decided.get(deviceCode.replace('upstream-code-of-', ''));
  if (decision === undefined) return { kind: 'pending' };
  return decision === 'denied' ? { kind: 'denied' } : { kind: 'tokens', tokens: tokensUntil(nowSeconds + 28_800) };
}

const tokensUntil = (expiresAt: number) => ({
  accessToken: `aoaAAAAA-upstream-access-token-${started}`,
  refreshToken: `aorAAAAA-upstream-refresh-token-${started}`,
  expiresAt,
});

/** Takes the place of the adapter to SSO OIDC. */
export function makeSsoOidcUpstream(clock: Clock): Upstream {
  const nowSeconds = (): number => epochSeconds(clock.nowMs());
  return {
    registerClient: async () => ({
      kind: 'registered',
      registration: {
        clientId: 'upstream-client',
        clientSecret: makeSecret('upstream-secret'),
        expiresAt: nowSeconds() + 7_776_000,
      },
    }),
    async startDeviceAuthorization(_target, _client, startUrl) {
      started += 1;
      const userCode = `UPST-${String(started).padStart(4, '0')}`;
      return {
        kind: 'started',
        activation: {
          upstreamDeviceCode: `upstream-code-of-${userCode}`,
          userCode,
          verificationUri: `${startUrl}/#/device`,
          verificationUriComplete: `${startUrl}/#/device?user_code=${userCode}`,
        },
        expiresInSeconds: 600,
        intervalSeconds: 1,
      };
    },
    createToken: async (_target, _client, grant) =>
      'deviceCode' in grant
        ? answerTo(grant.deviceCode, nowSeconds())
        : { kind: 'tokens', tokens: tokensUntil(nowSeconds() + 28_800) },
  };
}
