import { PACE_TIMEOUT_MS } from './poll-policy.ts';
import type { Clock } from './ports.ts';
import type { AtQuota, Upstream, UpstreamClient, UpstreamProblem } from './upstream.ts';

/** What all environments together ask of upstream, counted second by second. */
export interface UpstreamPace {
  /**
   * Takes one call of a second, unless so many have been taken by anybody.
   *
   * @param clientId the registration that calls: the quota is the registered client's
   * @param second epoch seconds
   * @param most how many calls of that second there are for this purpose
   */
  takeCall(clientId: string, second: number, most: number): Promise<boolean>;
}

export interface PaceDependencies {
  readonly pace: UpstreamPace;
  readonly clock: Clock;
  /** Calls a second that Identity Center takes of one registered client, StartDeviceAuthorization and CreateToken together. */
  readonly callsPerSecond: number;
}

/** How long an environment counts its calls after upstream throttled it, or after it had to leave a call out. */
const COUNTED_MS = 60_000;
/** How long after a call was left out upstream is taken to be at its quota. */
const AT_QUOTA_MS = 10_000;

/** What starts get of a second at most. Each is followed by a poll or two, and for those a person may be waiting. */
const STARTS_SHARE = 0.45;
/** A little is left for environments that do not count yet. */
const ALL_SHARE = 0.95;

const PACED = { kind: 'unavailable', cause: 'paced' } as const;

interface Count {
  /** When upstream throttled a call, or one had to be left out. */
  readonly beyondQuotaAtMs: number;
  /** When a call had to be left out. */
  readonly leftOutAtMs: number;
  /** The last second that had no call left, and for how many calls it was asked. */
  readonly fullSecond: number;
  readonly fullAt: number;
}

const NOTHING_YET: Count = {
  beyondQuotaAtMs: Number.NEGATIVE_INFINITY,
  leftOutAtMs: Number.NEGATIVE_INFINITY,
  fullSecond: 0,
  fullAt: 0,
};

/**
 * Upstream within its quota. As long as it throttles nobody, calls go straight through. Whom it has throttled takes each call
 * out of a count that all environments share, for a minute and for as long as there is more to ask than the quota has. What
 * is too much for a second is answered here, as upstream would answer it: wait longer; and while that goes on, answers say
 * that those who can wait should.
 *
 * A fleet that stays below the quota is never held back by it, throttled once or not.
 *
 * (IAM Identity Center quotas: StartDeviceAuthorization and CreateToken share 80 calls a second for each registered client.)
 */
export function pacedUpstream(upstream: Upstream, { pace, clock, callsPerSecond }: PaceDependencies): Upstream {
  const forStarts = Math.max(1, Math.floor(callsPerSecond * STARTS_SHARE));
  const forAll = Math.max(1, Math.floor(callsPerSecond * ALL_SHARE));
  const counts = new Map<string, Count>();

  const countOf = (clientId: string): Count => counts.get(clientId) ?? NOTHING_YET;
  const note = (clientId: string, news: Partial<Count>): void =>
    void counts.set(clientId, { ...countOf(clientId), ...news });

  async function isLeft(clientId: string, most: number): Promise<boolean> {
    const { beyondQuotaAtMs, fullSecond, fullAt } = countOf(clientId);
    const askedAtMs = clock.nowMs();
    if (askedAtMs - beyondQuotaAtMs >= COUNTED_MS) return true;
    const second = Math.floor(askedAtMs / 1000);
    if (fullSecond === second && most <= fullAt) return false;
    // A table that cannot count is no reason to ask nothing: upstream still throttles by itself.
    const isTaken = await pace.takeCall(clientId, second, most).catch(() => true);
    if (!isTaken) note(clientId, { fullSecond: second, fullAt: most });
    return isTaken && clock.nowMs() - askedAtMs <= PACE_TIMEOUT_MS;
  }

  async function within<A extends { readonly kind: string }>(
    { clientId }: UpstreamClient,
    most: number,
    ask: () => Promise<A | UpstreamProblem>,
  ): Promise<A | UpstreamProblem> {
    const beyondQuotaAtMs = clock.nowMs();
    if (!(await isLeft(clientId, most))) {
      note(clientId, { beyondQuotaAtMs, leftOutAtMs: beyondQuotaAtMs });
      return PACED;
    }
    const answer = await ask();
    if ('cause' in answer && answer.cause === 'throttled') note(clientId, { beyondQuotaAtMs });
    return answer;
  }

  /** Tells those who can wait that they should, for a while after a call was left out. */
  function withQuota<A extends object>(answer: A, { clientId }: UpstreamClient): A & { atQuota?: AtQuota } {
    const isAtQuota = clock.nowMs() - countOf(clientId).leftOutAtMs < AT_QUOTA_MS;
    return isAtQuota ? { ...answer, atQuota: true } : answer;
  }

  return {
    registerClient: upstream.registerClient,

    async startDeviceAuthorization(target, client, startUrl) {
      const start = () => upstream.startDeviceAuthorization(target, client, startUrl);
      const answer = await within(client, forStarts, start);
      return answer.kind === 'started' ? withQuota(answer, client) : answer;
    },

    async createToken(target, client, grant) {
      const answer = await within(client, forAll, () => upstream.createToken(target, client, grant));
      return answer.kind === 'pending' ? withQuota(answer, client) : answer;
    },
  };
}
