import { UPSTREAM_TIMEOUT_MS } from '../../lambda/core/poll-policy.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import type { TokenAnswer, Upstream, UpstreamProblem } from '../../lambda/core/upstream.ts';
import type { Dice } from './dice.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { SimulatedIdentityCenter } from './identity-center.ts';
import type { VirtualTime } from './virtual-time.ts';

const unavailable = (cause: Extract<UpstreamProblem, { kind: 'unavailable' }>['cause']) =>
  ({ kind: 'unavailable', cause }) as const;

/** The way between a function and Identity Center: one try a call, and three seconds for it. */
export function faultyUpstream(
  identityCenter: SimulatedIdentityCenter,
  faults: FaultPlan,
  time: VirtualTime,
  dice: Dice,
): Upstream {
  /** Carries a request there and its answer back. `onLost` is told of an answer that does not arrive. */
  async function call<T>(work: () => T, onLost: (answer: T) => void = () => undefined) {
    const beganAtMs = time.nowMs();
    const slow = faults.strikes('upstream slow');
    await time.sleep(slow ? dice.between(200, 1_500) : dice.between(10, 60));
    if (faults.strikes('upstream reset')) return unavailable('network');
    if (faults.strikes('upstream 5xx')) return unavailable('server_error');
    if (faults.strikes('upstream throttle')) return unavailable('throttled');
    const answer = work();
    const takesMs = slow ? dice.between(200, 2_900) : dice.between(10, 60);
    const leftMs = beganAtMs + UPSTREAM_TIMEOUT_MS - time.nowMs();
    await time.sleep(Math.min(takesMs, leftMs));
    const lost = faults.strikes('upstream answer lost');
    if (!lost && takesMs < leftMs) return answer;
    onLost(answer);
    return unavailable(lost ? 'network' : 'timeout');
  }

  return {
    registerClient: () =>
      call(() => {
        const { clientSecret, ...registered } = identityCenter.registerClient();
        return { kind: 'registered', registration: { ...registered, clientSecret: makeSecret(clientSecret) } } as const;
      }),

    startDeviceAuthorization: (_target, { clientId }) =>
      call(() => {
        const code = identityCenter.startDeviceAuthorization(clientId);
        if (code === undefined) return { kind: 'invalid_client' } as const;
        const verificationUri = 'https://d-1234567890.awsapps.com/start/#/device';
        const activation = {
          upstreamDeviceCode: code.deviceCode,
          userCode: code.userCode,
          verificationUri,
          verificationUriComplete: `${verificationUri}?user_code=${code.userCode}`,
        };
        return { kind: 'started', activation, expiresInSeconds: 600, intervalSeconds: code.intervalSeconds } as const;
      }),

    async createToken(_target, { clientId }, grant): Promise<TokenAnswer> {
      const code = 'deviceCode' in grant ? identityCenter.codes.get(grant.deviceCode) : undefined;
      const tellSlowDown = code !== undefined && faults.strikes('upstream slow_down');
      const answer = await call<TokenAnswer>(
        () => identityCenter.createToken(clientId, grant, tellSlowDown),
        (lost) => {
          if (code !== undefined && lost.kind === 'tokens') code.answerLost = true;
        },
      );
      if (code !== undefined && answer.kind === 'slow_down') code.slowDowns += 1;
      return answer;
    },
  };
}
