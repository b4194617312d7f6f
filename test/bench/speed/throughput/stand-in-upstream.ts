/** Stands in for IAM Identity Center: answers at once, pending until somebody approves. */
import { randomBytes } from 'node:crypto';
import { type Clock, epochSeconds } from '../../../../lambda/core/ports.ts';
import { makeSecret } from '../../../../lambda/core/secret.ts';
import type { Upstream } from '../../../../lambda/core/upstream.ts';

const approved = new Set<string>();

/** A person approves. */
export function approve(userCode: string): void {
  approved.add(userCode);
}

/** As long as what Identity Center gives: some hundred characters. */
const newToken = (): string => `aoa${randomBytes(300).toString('base64url')}`;

export function makeSsoOidcUpstream(clock: Clock): Upstream {
  return {
    registerClient: async () => ({
      kind: 'registered',
      registration: {
        clientId: 'bench',
        clientSecret: makeSecret('bench'),
        expiresAt: epochSeconds(clock.nowMs()) + 7_776_000,
      },
    }),
    async startDeviceAuthorization(_target, _client, startUrl) {
      const userCode = randomBytes(6).toString('hex').toUpperCase();
      return {
        kind: 'started',
        activation: {
          upstreamDeviceCode: userCode,
          userCode,
          verificationUri: startUrl,
          verificationUriComplete: `${startUrl}?user_code=${userCode}`,
        },
        expiresInSeconds: 600,
        intervalSeconds: 1,
      };
    },
    async createToken(_target, _client, grant) {
      const code = 'deviceCode' in grant ? grant.deviceCode : '';
      if (!approved.delete(code)) return { kind: 'pending' };
      const expiresAt = epochSeconds(clock.nowMs()) + 28_800;
      return { kind: 'tokens', tokens: { accessToken: newToken(), refreshToken: newToken(), expiresAt } };
    },
  };
}
