import { type Clock, epochSeconds, type Sleep } from '../../lambda/core/ports.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import type { TokenAnswer, Upstream } from '../../lambda/core/upstream.ts';
import { makeBucket } from './quota.ts';

/** Identity Center for hundreds of thousands of sessions: it keeps its quotas, watches the interval, and answers in time. */
export interface BenchIdentityCenter extends Upstream {
  /** A person approves at that time, epoch milliseconds. */
  approve(deviceCode: string, atMs: number): void;
  /** Polls that came sooner than the interval after the one before. */
  violations(): number;
  /** Calls that were answered, throttled ones not among them. */
  served(): number;
  throttled(): number;
  issued(): number;
}

/** How many calls Identity Center takes a second (IAM Identity Center quotas: OIDC service request quotas). */
export interface IdentityCenterQuotas {
  /** CreateToken and StartDeviceAuthorization of one registered client. */
  readonly perClient: number;
  /** CreateToken of all clients of the instance. */
  readonly perInstance: number;
}

export interface IdentityCenterOptions {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly latencyMs: number;
  /** Least time between two polls of one device code: the interval that the fleet's sessions have. */
  readonly intervalSeconds: number;
  /** Without them nothing is throttled. */
  readonly quotas?: IdentityCenterQuotas;
  /** Told of every call. */
  readonly onCall?: (operation: 'start' | 'poll', isThrottled: boolean) => void;
}

interface Authorization {
  readonly expiresAtMs: number;
  approvedAtMs: number;
  lastPollAtMs: number;
}

/** Life of a device code, and of an access token, in seconds: as measured. */
const CODE_SECONDS = 600;
const TOKEN_SECONDS = 28_800;

/** Texts as long as AWS's are: what is stored is billed by the KB. */
const ACCESS_TOKEN = `aoa${'A'.repeat(1_100)}`;
const REFRESH_TOKEN = `aor${'A'.repeat(1_100)}`;
const codeOf = (number: number): string => String(number).padStart(86, 'c');

const THROTTLED = { kind: 'unavailable', cause: 'throttled' } as const;

/** Makes an Identity Center. */
export function makeBenchIdentityCenter(options: IdentityCenterOptions): BenchIdentityCenter {
  const { clock, sleep, latencyMs, intervalSeconds, quotas, onCall } = options;
  const authorizations = new Map<string, Authorization>();
  const perInstance = quotas && makeBucket(clock, quotas.perInstance);
  const perClient = new Map<string, ReturnType<typeof makeBucket>>();
  const numbers = { violations: 0, served: 0, throttled: 0, issued: 0, registered: 0 };

  /** Whether there is room for a call; a throttled one uses none. */
  function admits(operation: 'start' | 'poll', clientId: string): boolean {
    const own = quotas && (perClient.get(clientId) ?? makeBucket(clock, quotas.perClient));
    if (own) perClient.set(clientId, own);
    const isFree = (own?.has() ?? true) && (operation === 'start' || (perInstance?.has() ?? true));
    if (isFree) own?.take();
    if (isFree && operation === 'poll') perInstance?.take();
    numbers[isFree ? 'served' : 'throttled'] += 1;
    onCall?.(operation, !isFree);
    return isFree;
  }

  function watchInterval(authorization: Authorization): void {
    if (clock.nowMs() - authorization.lastPollAtMs < intervalSeconds * 1000) numbers.violations += 1;
    authorization.lastPollAtMs = clock.nowMs();
  }

  function answerTo(deviceCode: string, authorization: Authorization): TokenAnswer {
    const nowMs = clock.nowMs();
    if (authorization.approvedAtMs <= nowMs && authorization.approvedAtMs < authorization.expiresAtMs) {
      authorizations.delete(deviceCode);
      numbers.issued += 1;
      const expiresAt = epochSeconds(nowMs) + TOKEN_SECONDS;
      return { kind: 'tokens', tokens: { accessToken: ACCESS_TOKEN, refreshToken: REFRESH_TOKEN, expiresAt } };
    }
    return { kind: nowMs < authorization.expiresAtMs ? 'pending' : 'expired' };
  }

  let started = 0;
  return {
    violations: () => numbers.violations,
    served: () => numbers.served,
    throttled: () => numbers.throttled,
    issued: () => numbers.issued,

    approve(deviceCode, atMs) {
      const authorization = authorizations.get(deviceCode);
      if (authorization !== undefined) authorization.approvedAtMs = atMs;
    },

    async registerClient() {
      await sleep(latencyMs);
      numbers.registered += 1;
      const clientId = `upstream-client-${numbers.registered}`;
      const expiresAt = epochSeconds(clock.nowMs()) + 7_776_000;
      return { kind: 'registered', registration: { clientId, clientSecret: makeSecret('s'.repeat(1_500)), expiresAt } };
    },

    async startDeviceAuthorization(_target, { clientId }) {
      const isFree = admits('start', clientId);
      const startedAtMs = clock.nowMs();
      await sleep(latencyMs);
      if (!isFree) return THROTTLED;
      started += 1;
      const upstreamDeviceCode = codeOf(started);
      const expiresAtMs = startedAtMs + CODE_SECONDS * 1000;
      const never = Number.POSITIVE_INFINITY;
      authorizations.set(upstreamDeviceCode, { expiresAtMs, approvedAtMs: never, lastPollAtMs: startedAtMs });
      const verificationUri = 'https://d-1234567890.awsapps.com/start/#/device';
      const userCode = 'BCDF-GHJK';
      const verificationUriComplete = `${verificationUri}?user_code=${userCode}`;
      const activation = { upstreamDeviceCode, userCode, verificationUri, verificationUriComplete };
      return { kind: 'started', activation, expiresInSeconds: CODE_SECONDS, intervalSeconds: 1 };
    },

    async createToken(_target, { clientId }, grant) {
      const deviceCode = 'deviceCode' in grant ? grant.deviceCode : '';
      const authorization = authorizations.get(deviceCode);
      if (authorization !== undefined) watchInterval(authorization);
      const isFree = admits('poll', clientId);
      const answer =
        authorization && isFree ? answerTo(deviceCode, authorization) : ({ kind: 'invalid_grant' } as const);
      await sleep(latencyMs);
      return isFree ? answer : THROTTLED;
    },
  };
}
