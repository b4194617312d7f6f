import { UPSTREAM_TIMEOUT_MS } from '../../lambda/core/poll-policy.ts';
import { type Clock, epochSeconds, type Sleep } from '../../lambda/core/ports.ts';
import type { TokenSet } from '../../lambda/core/sealing.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import type { TokenAnswer, Upstream, UpstreamProblem, UpstreamTarget } from '../../lambda/core/upstream.ts';

/** One call that upstream got. */
export interface UpstreamCall {
  readonly operation: 'registerClient' | 'startDeviceAuthorization' | 'createToken';
  readonly atMs: number;
  /** The upstream client that called; absent at a registration. */
  readonly clientId?: string;
  /** The upstream device code; at a token request only. */
  readonly deviceCode?: string;
  readonly target: UpstreamTarget;
}

/**
 * An answer that is given whatever the timeline says. `timeout` comes when the caller has given up; `lost_answer` is one
 * too, but upstream has spent the approval, if there was one.
 */
export type ScriptedAnswer = 'throttled' | 'server_error' | 'timeout' | 'lost_answer' | TokenAnswer['kind'];

/** Identity Center as a script: pending until a person decides, and whatever trouble a test asks for. */
export interface FakeUpstream extends Upstream {
  readonly calls: readonly UpstreamCall[];
  /** The token sets given so far. */
  readonly issued: readonly TokenSet[];
  /** When a device code was polled, in epoch milliseconds. */
  pollTimes(deviceCode?: string): number[];
  countOf(operation: UpstreamCall['operation']): number;
  /** A person approves at that time; without a code, the authorization started last. */
  approveAt(atMs: number, deviceCode?: string): void;
  denyAt(atMs: number, deviceCode?: string): void;
  /** The next token requests get these answers, in this order. */
  answerNext(...answers: readonly ScriptedAnswer[]): void;
  /** RegisterClient and StartDeviceAuthorization fail so, until told otherwise. */
  failSettingUp(problem: UpstreamProblem | undefined): void;
  /** Upstream does not know this registration any more; without an id, none that it has given so far. */
  forgetClient(clientId?: string): void;
}

export interface FakeUpstreamOptions {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Time that an answer takes. */
  readonly latencyMs?: () => number;
  readonly expiresInSeconds?: number;
  readonly intervalSeconds?: number;
  /** Life of a registration in seconds. */
  readonly registrationSeconds?: number;
  /** Without a refresh token, as for scopes that are not refreshable. */
  readonly withoutRefreshToken?: boolean;
  /** Upstream is at its quota, and says so. */
  readonly atQuota?: true;
}

interface Authorization {
  readonly expiresAtMs: number;
  decision?: { readonly kind: 'approved' | 'denied'; readonly atMs: number };
  spent: boolean;
}

/** Life of upstream's access tokens in seconds. */
export const TOKEN_SECONDS = 28_800;

/** Makes an upstream that records every call and judges none. */
export function makeFakeUpstream(options: FakeUpstreamOptions): FakeUpstream {
  const { clock, sleep, latencyMs = () => 0, expiresInSeconds = 600, intervalSeconds = 1 } = options;
  const { registrationSeconds = 7_776_000, withoutRefreshToken = false, atQuota } = options;
  const said = atQuota && { atQuota };
  const calls: UpstreamCall[] = [];
  const issued: TokenSet[] = [];
  const authorizations = new Map<string, Authorization>();
  const known = new Set<string>();
  const script: ScriptedAnswer[] = [];
  let settingUpProblem: UpstreamProblem | undefined;
  let registered = 0;
  let latest = '';

  const pause = async (milliseconds: number): Promise<void> => (milliseconds > 0 ? sleep(milliseconds) : undefined);

  function issue(authorization: Authorization): TokenAnswer {
    authorization.spent = true;
    const number = issued.length + 1;
    const accessToken = `upstream-access-token-${number}`;
    const tokens = { accessToken, expiresAt: epochSeconds(clock.nowMs()) + TOKEN_SECONDS };
    issued.push(withoutRefreshToken ? tokens : { ...tokens, refreshToken: `upstream-refresh-token-${number}` });
    return { kind: 'tokens', tokens: issued.at(-1) as TokenSet };
  }

  function fromTimeline(deviceCode: string): TokenAnswer {
    const authorization = authorizations.get(deviceCode);
    if (authorization === undefined || authorization.spent) return { kind: 'invalid_grant' };
    const nowMs = clock.nowMs();
    const { decision, expiresAtMs } = authorization;
    const decided = decision !== undefined && decision.atMs <= nowMs && decision.atMs < expiresAtMs;
    if (!decided) return nowMs < expiresAtMs ? { kind: 'pending', ...said } : { kind: 'expired' };
    return decision.kind === 'denied' ? { kind: 'denied' } : issue(authorization);
  }

  function scripted(answer: ScriptedAnswer, deviceCode: string): TokenAnswer {
    switch (answer) {
      case 'throttled':
      case 'server_error':
      case 'timeout':
        return { kind: 'unavailable', cause: answer };
      case 'unavailable':
        return { kind: 'unavailable', cause: 'network' };
      case 'lost_answer':
        fromTimeline(deviceCode);
        return { kind: 'unavailable', cause: 'timeout' };
      case 'refused':
        return { kind: 'refused', exception: 'UnauthorizedClientException' };
      case 'tokens':
        return issue(authorizations.get(deviceCode) ?? { expiresAtMs: 0, spent: false });
      default:
        return { kind: answer };
    }
  }

  const decide = (kind: 'approved' | 'denied', atMs: number, deviceCode: string): void => {
    const authorization = authorizations.get(deviceCode);
    if (authorization === undefined) throw new Error('nothing was started upstream');
    authorization.decision ??= { kind, atMs };
  };

  return {
    calls,
    issued,
    pollTimes: (deviceCode) =>
      calls
        .filter(
          (call) => call.operation === 'createToken' && (deviceCode === undefined || call.deviceCode === deviceCode),
        )
        .map((call) => call.atMs),
    countOf: (operation) => calls.filter((call) => call.operation === operation).length,
    approveAt: (atMs, deviceCode = latest) => decide('approved', atMs, deviceCode),
    denyAt: (atMs, deviceCode = latest) => decide('denied', atMs, deviceCode),
    answerNext: (...answers) => void script.push(...answers),
    failSettingUp(problem) {
      settingUpProblem = problem;
    },
    forgetClient: (clientId) => (clientId === undefined ? known.clear() : void known.delete(clientId)),

    async registerClient(target) {
      calls.push({ operation: 'registerClient', atMs: clock.nowMs(), target });
      await pause(latencyMs());
      if (settingUpProblem !== undefined) return settingUpProblem;
      registered += 1;
      const clientId = `upstream-client-${registered}`;
      known.add(clientId);
      const expiresAt = epochSeconds(clock.nowMs()) + registrationSeconds;
      return {
        kind: 'registered',
        registration: { clientId, clientSecret: makeSecret(`upstream-secret-${registered}`), expiresAt },
      };
    },

    async startDeviceAuthorization(target, { clientId }) {
      calls.push({ operation: 'startDeviceAuthorization', atMs: clock.nowMs(), clientId, target });
      const startedAtMs = clock.nowMs();
      await pause(latencyMs());
      if (settingUpProblem !== undefined) return settingUpProblem;
      if (!known.has(clientId)) return { kind: 'invalid_client' };
      const number = authorizations.size + 1;
      latest = `upstream-device-code-${number}`;
      authorizations.set(latest, { expiresAtMs: startedAtMs + expiresInSeconds * 1000, spent: false });
      const verificationUri = 'https://d-1234567890.awsapps.com/start/#/device';
      const userCode = `CODE-${String(number).padStart(4, '0')}`;
      const activation = {
        upstreamDeviceCode: latest,
        userCode,
        verificationUri,
        verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
      };
      return { kind: 'started', activation, expiresInSeconds, intervalSeconds, ...said };
    },

    async createToken(target, { clientId }, grant) {
      const deviceCode = 'deviceCode' in grant ? grant.deviceCode : '';
      calls.push({ operation: 'createToken', atMs: clock.nowMs(), clientId, deviceCode, target });
      const next = script.shift();
      if (next === undefined && !known.has(clientId)) return { kind: 'invalid_client' };
      const answer = next === undefined ? fromTimeline(deviceCode) : scripted(next, deviceCode);
      const timedOut = next === 'timeout' || next === 'lost_answer';
      await pause(timedOut ? UPSTREAM_TIMEOUT_MS : latencyMs());
      return answer;
    },
  };
}
