import { UPSTREAM_TIMEOUT_MS } from '../../lambda/core/poll-policy.ts';
import { type Clock, epochSeconds, type Sleep } from '../../lambda/core/ports.ts';
import type { Portal, PortalAnswer, RolePin } from '../../lambda/core/role-credentials.ts';

/** One call that the portal got. */
export interface PortalCall {
  readonly atMs: number;
  readonly accessToken: string;
  readonly pin: RolePin;
  readonly region: string;
}

/** An answer that is given whatever was asked; a `timeout` comes when the caller has given up. */
export type ScriptedPortalAnswer = PortalAnswer['kind'] | 'timeout';

/** The access portal: gives role credentials of an hour for any pin, unless told otherwise. */
export interface FakePortal extends Portal {
  readonly calls: readonly PortalCall[];
  /** The next calls get these answers, in this order. */
  answerNext(...answers: readonly ScriptedPortalAnswer[]): void;
}

export interface FakePortalOptions {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Time that an answer takes. */
  readonly latencyMs?: number;
}

/** Life of role credentials in seconds: a permission set's default. */
export const CREDENTIALS_SECONDS = 3_600;

/** Makes a portal that records every call and judges none. */
export function makeFakePortal({ clock, sleep, latencyMs = 0 }: FakePortalOptions): FakePortal {
  const calls: PortalCall[] = [];
  const script: ScriptedPortalAnswer[] = [];

  function answerOf(kind: ScriptedPortalAnswer): PortalAnswer {
    if (kind !== 'credentials') return { kind: kind === 'timeout' ? 'unavailable' : kind };
    const number = calls.length;
    return {
      kind,
      credentials: {
        accessKeyId: `ASIAFAKE${String(number).padStart(12, '0')}`,
        secretAccessKey: `role-secret-key-${number}`,
        sessionToken: `role-session-token-${number}`,
        expiresAt: epochSeconds(clock.nowMs()) + CREDENTIALS_SECONDS,
      },
    };
  }

  return {
    calls,
    answerNext: (...answers) => void script.push(...answers),

    async getRoleCredentials({ region }, accessToken, pin) {
      calls.push({ atMs: clock.nowMs(), accessToken, pin, region });
      const next = script.shift() ?? 'credentials';
      const answer = answerOf(next);
      const takesMs = next === 'timeout' ? UPSTREAM_TIMEOUT_MS : latencyMs;
      if (takesMs > 0) await sleep(takesMs);
      return answer;
    },
  };
}
