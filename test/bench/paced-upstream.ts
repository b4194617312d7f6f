import type { Clock } from '../../lambda/core/ports.ts';
import type { TokenAnswer, Upstream, UpstreamProblem } from '../../lambda/core/upstream.ts';

/**
 * An experiment, which no function has: upstream at a pace that it can keep: once it throttles, new sign-ins are started only as fast as it lets through, and
 * polls, for which a person may be waiting, are never held back. Who is refused here is told to come back, as if upstream
 * had said so (IAM Identity Center quotas: StartDeviceAuthorization and CreateToken share 80 calls a second).
 *
 * The pace is an environment's own and finds its level by itself: it falls with every throttled answer and rises slowly
 * between them, so that many environments share what there is without knowing of each other.
 */
export function pacedUpstream(upstream: Upstream, clock: Clock): Upstream {
  const paces = new Map<string, ReturnType<typeof makePace>>();

  function paceOf(clientId: string): ReturnType<typeof makePace> {
    const pace = paces.get(clientId) ?? makePace(clock);
    paces.set(clientId, pace);
    return pace;
  }

  return {
    registerClient: upstream.registerClient,

    async startDeviceAuthorization(target, client, startUrl) {
      const pace = paceOf(client.clientId);
      if (!pace.lets()) return THROTTLED;
      const answer = await upstream.startDeviceAuthorization(target, client, startUrl);
      if (isThrottled(answer)) pace.fall();
      return answer;
    },

    async createToken(target, client, grant) {
      const answer = await upstream.createToken(target, client, grant);
      if (isThrottled(answer)) paceOf(client.clientId).fall();
      return answer;
    },
  };
}

const THROTTLED = { kind: 'unavailable', cause: 'throttled' } as const;

const isThrottled = (answer: TokenAnswer | UpstreamProblem | { readonly kind: 'started' }): boolean =>
  answer.kind === 'unavailable' && answer.cause === 'throttled';

/** Starts a second at which an environment begins when it is throttled for the first time. */
const FIRST_PER_SECOND = 2;
const LEAST_PER_SECOND = 0.02;
/** A pace this high holds nobody back: it is forgotten. */
const FORGOTTEN_PER_SECOND = 80;
/** What is left of the pace after a throttled answer, and how it grows in a second without one. */
const FALLS_TO = 0.7;
const GROWS_BY = 1.02;

/** A bucket of one start that fills at a pace. */
function makePace(clock: Clock) {
  let perSecond = Number.POSITIVE_INFINITY;
  let starts = 1;
  let seenAtMs = clock.nowMs();

  function pass(): void {
    const seconds = Math.max(0, clock.nowMs() - seenAtMs) / 1000;
    seenAtMs = clock.nowMs();
    perSecond *= GROWS_BY ** seconds;
    if (perSecond > FORGOTTEN_PER_SECOND) perSecond = Number.POSITIVE_INFINITY;
    starts = perSecond === Number.POSITIVE_INFINITY ? 1 : Math.min(1, starts + seconds * perSecond);
  }

  return {
    /** Whether one more may be started now; if so it is counted. */
    lets(): boolean {
      pass();
      if (starts < 1) return false;
      if (perSecond !== Number.POSITIVE_INFINITY) starts -= 1;
      return true;
    },
    /** Upstream has throttled. */
    fall(): void {
      pass();
      perSecond = Math.max(LEAST_PER_SECOND, Math.min(perSecond, FIRST_PER_SECOND / FALLS_TO) * FALLS_TO);
      starts = Math.min(starts, 0);
    },
  };
}
