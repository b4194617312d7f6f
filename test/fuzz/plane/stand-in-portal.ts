/** Stands in for the access portal: role credentials for whoever asks. */
import type { Portal } from '../../../lambda/core/role-credentials.ts';
import { systemClock } from './stand-in-system.ts';

/** Takes the place of the adapter to the access portal. */
export function makeSsoPortal(): Portal {
  return {
    getRoleCredentials: async () => ({
      kind: 'credentials',
      credentials: {
        accessKeyId: 'ASIAFUZZFUZZFUZZFUZZ',
        secretAccessKey: 'role-secret-access-key',
        sessionToken: 'role-session-token',
        expiresAt: Math.floor(systemClock.nowMs() / 1000) + 3_600,
      },
    }),
  };
}
