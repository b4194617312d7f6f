import { UPSTREAM_TIMEOUT_MS } from '../../lambda/core/poll-policy.ts';
import { type Clock, epochSeconds, type Sleep } from '../../lambda/core/ports.ts';
import type { TokenSet } from '../../lambda/core/sealing.ts';
import type { TokenAnswer, Upstream, UpstreamTarget } from '../../lambda/core/upstream.ts';

/** One refresh that upstream was asked for. */
export interface RefreshCall {
  readonly atMs: number;
  readonly refreshToken: string;
  /** The upstream client that asked. */
  readonly clientId: string;
  readonly target: UpstreamTarget;
}

/** An answer that is given whatever upstream would say; `kept` are tokens without a new refresh token. */
export type ScriptedRefresh = TokenAnswer['kind'] | 'kept' | 'throttled' | 'server_error' | 'timeout';

/** The refresh grant of Identity Center, strict: a replaced refresh token works for another minute, and no longer. */
export interface FakeRefreshes extends Pick<Upstream, 'createToken'> {
  readonly calls: readonly RefreshCall[];
  /** The token sets given so far. */
  readonly issued: readonly TokenSet[];
  /** The next refreshes get these answers, in this order. */
  answerNext(...answers: readonly ScriptedRefresh[]): void;
  /** The portal session is over: nothing is refreshed any more, until a person approves anew. */
  endPortalSession(): void;
  /** A person has approved anew: tokens from now on are good. */
  beginPortalSession(): void;
}

export interface FakeRefreshesOptions {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Time that an answer takes. */
  readonly latencyMs?: number;
  /** Life of a refreshed access token in seconds. */
  readonly tokenSeconds?: number;
}

/** How long a replaced refresh token still works. */
const GRACE_MS = 60_000;

/** Makes the refreshes; they record every call and judge none. */
export function makeFakeRefreshes(options: FakeRefreshesOptions): FakeRefreshes {
  const { clock, sleep, latencyMs = 0, tokenSeconds = 3_600 } = options;
  const calls: RefreshCall[] = [];
  const issued: TokenSet[] = [];
  const script: ScriptedRefresh[] = [];
  const usableUntilMs = new Map<string, number>();
  let isOver = false;

  function issue(usedToken: string, withRefreshToken: boolean): TokenAnswer {
    const number = issued.length + 1;
    const tokens = {
      accessToken: `refreshed-access-token-${number}`,
      expiresAt: epochSeconds(clock.nowMs()) + tokenSeconds,
    };
    issued.push(withRefreshToken ? { ...tokens, refreshToken: `refreshed-refresh-token-${number}` } : tokens);
    if (withRefreshToken && !usableUntilMs.has(usedToken)) usableUntilMs.set(usedToken, clock.nowMs() + GRACE_MS);
    return { kind: 'tokens', tokens: issued.at(-1) as TokenSet };
  }

  function scripted(answer: ScriptedRefresh, refreshToken: string): TokenAnswer {
    switch (answer) {
      case 'tokens':
        return issue(refreshToken, true);
      case 'kept':
        return issue(refreshToken, false);
      case 'throttled':
      case 'server_error':
      case 'timeout':
        return { kind: 'unavailable', cause: answer };
      case 'unavailable':
        return { kind: 'unavailable', cause: 'network' };
      case 'refused':
        return { kind: 'refused', exception: 'UnauthorizedClientException' };
      default:
        return { kind: answer };
    }
  }

  return {
    calls,
    issued,
    answerNext: (...answers) => void script.push(...answers),
    endPortalSession: () => {
      isOver = true;
    },
    beginPortalSession: () => {
      isOver = false;
    },

    async createToken(target, { clientId }, grant) {
      const refreshToken = 'refreshToken' in grant ? grant.refreshToken : '';
      calls.push({ atMs: clock.nowMs(), refreshToken, clientId, target });
      const next = script.shift();
      const isUsable = !isOver && clock.nowMs() < (usableUntilMs.get(refreshToken) ?? Number.POSITIVE_INFINITY);
      const answer = scripted(next ?? (isUsable ? 'tokens' : 'invalid_grant'), refreshToken);
      const takesMs = next === 'timeout' ? UPSTREAM_TIMEOUT_MS : latencyMs;
      if (takesMs > 0) await sleep(takesMs);
      return answer;
    },
  };
}
