import { epochSeconds } from '../../lambda/core/ports.ts';
import type { TokenAnswer, UpstreamGrant } from '../../lambda/core/upstream.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One device authorization at Identity Center, with what became of it. */
export interface UpstreamCode {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly expiresAtMs: number;
  readonly intervalSeconds: number;
  /** When its token requests arrived, epoch milliseconds. */
  readonly pollsAtMs: number[];
  /** How often its poller was told to slow down. */
  slowDowns: number;
  decision?: { readonly kind: 'approved' | 'denied'; readonly atMs: number };
  /** When its one token set was given out. */
  redeemedAtMs?: number;
  /** That token set never arrived: the wire lost it. */
  answerLost?: boolean;
  /** The function that had it was killed before it was stored. */
  holderKilled?: boolean;
}

/** Identity Center: strict, and with a memory of everything. Its secrets say what they are, so that a search finds them. */
export interface SimulatedIdentityCenter {
  readonly codes: ReadonlyMap<string, UpstreamCode>;
  registerClient(): { clientId: string; clientSecret: string; expiresAt: number };
  startDeviceAuthorization(clientId: string): UpstreamCode | undefined;
  createToken(clientId: string, grant: UpstreamGrant, tellSlowDown: boolean): TokenAnswer;
  /** A person decides; too late, or a second time, changes nothing. @returns whether it counted */
  decide(userCode: string, kind: 'approved' | 'denied'): boolean;
}

const CODE_MS = 600_000;
const TOKEN_SECONDS = 3_600;
const REGISTRATION_SECONDS = 7_776_000;
/** A replaced refresh token works for another minute. */
const GRACE_MS = 60_000;
/** What secrets here begin with. */
export const SECRET_MARK = 'SECRET-';

interface RefreshToken {
  readonly clientId: string;
  usableUntilMs: number;
}

/**
 * Makes an Identity Center.
 *
 * @param onPoll told of every token request for a device code, when it has arrived
 */
export function makeSimulatedIdentityCenter(
  time: VirtualTime,
  onPoll: (code: UpstreamCode) => void,
): SimulatedIdentityCenter {
  const clients = new Set<string>();
  const codes = new Map<string, UpstreamCode>();
  const byUserCode = new Map<string, UpstreamCode>();
  const refreshTokens = new Map<string, RefreshToken>();
  let issued = 0;

  function issue(clientId: string): TokenAnswer {
    issued += 1;
    const refreshToken = `${SECRET_MARK}refresh-${issued}`;
    refreshTokens.set(refreshToken, { clientId, usableUntilMs: Number.POSITIVE_INFINITY });
    const accessToken = `${SECRET_MARK}access-${issued}`;
    return {
      kind: 'tokens',
      tokens: { accessToken, refreshToken, expiresAt: epochSeconds(time.nowMs()) + TOKEN_SECONDS },
    };
  }

  function redeem(clientId: string, deviceCode: string, tellSlowDown: boolean): TokenAnswer {
    const code = codes.get(deviceCode);
    if (code === undefined) return { kind: 'invalid_grant' };
    code.pollsAtMs.push(time.nowMs());
    onPoll(code);
    if (code.redeemedAtMs !== undefined) return { kind: 'invalid_grant' };
    if (code.decision?.kind === 'denied') return { kind: 'denied' };
    if (time.nowMs() >= code.expiresAtMs) return { kind: 'expired' };
    if (code.decision?.kind === 'approved') {
      code.redeemedAtMs = time.nowMs();
      return issue(clientId);
    }
    return { kind: tellSlowDown ? 'slow_down' : 'pending' };
  }

  function refresh(clientId: string, refreshToken: string): TokenAnswer {
    const known = refreshTokens.get(refreshToken);
    if (known === undefined || known.clientId !== clientId || time.nowMs() >= known.usableUntilMs) {
      return { kind: 'invalid_grant' };
    }
    known.usableUntilMs = Math.min(known.usableUntilMs, time.nowMs() + GRACE_MS);
    return issue(clientId);
  }

  return {
    codes,

    registerClient() {
      const clientId = `upstream-client-${clients.size + 1}`;
      clients.add(clientId);
      const expiresAt = epochSeconds(time.nowMs()) + REGISTRATION_SECONDS;
      return { clientId, clientSecret: `${SECRET_MARK}client-${clients.size}`, expiresAt };
    },

    startDeviceAuthorization(clientId) {
      if (!clients.has(clientId)) return undefined;
      const number = codes.size + 1;
      const deviceCode = `${SECRET_MARK}device-code-${number}`;
      const code: UpstreamCode = {
        deviceCode,
        userCode: `AWS-${String(number).padStart(6, '0')}`,
        expiresAtMs: time.nowMs() + CODE_MS,
        intervalSeconds: 1,
        pollsAtMs: [],
        slowDowns: 0,
      };
      codes.set(deviceCode, code);
      byUserCode.set(code.userCode, code);
      return code;
    },

    createToken(clientId, grant, tellSlowDown) {
      if (!clients.has(clientId)) return { kind: 'invalid_client' };
      return 'deviceCode' in grant
        ? redeem(clientId, grant.deviceCode, tellSlowDown)
        : refresh(clientId, grant.refreshToken);
    },

    decide(userCode, kind) {
      const code = byUserCode.get(userCode);
      if (code === undefined || code.decision !== undefined || time.nowMs() >= code.expiresAtMs) return false;
      code.decision = { kind, atMs: time.nowMs() };
      return true;
    },
  };
}
