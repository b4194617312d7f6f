import type { Observe, UpstreamOperation, UpstreamOutcome } from './events.ts';
import { type Clock, epochSeconds } from './ports.ts';
import type { Portal, PortalAnswer } from './role-credentials.ts';
import type { TokenAnswer, Upstream, UpstreamProblem } from './upstream.ts';

export interface ObserveCallsDependencies {
  readonly clock: Clock;
  readonly observe: Observe;
}

/** Upstream with a witness: each call is told with its outcome and the time that it took, whoever makes it. */
export function observedUpstream(upstream: Upstream, { clock, observe }: ObserveCallsDependencies): Upstream {
  async function call<A extends Answer>(
    operation: UpstreamOperation,
    ask: () => Promise<A>,
    registration?: { readonly expiresAt: number },
  ): Promise<A> {
    const askedAtMs = clock.nowMs();
    const answer = await ask();
    const latencyMs = clock.nowMs() - askedAtMs;
    const left = registration && { registrationSecondsLeft: registration.expiresAt - epochSeconds(askedAtMs) };
    observe({ event: 'upstream_called', operation, outcome: outcomeOf(answer), latencyMs, ...left });
    return answer;
  }

  return {
    registerClient: (target) => call('RegisterClient', () => upstream.registerClient(target)),
    startDeviceAuthorization: (target, client, startUrl) =>
      call('StartDeviceAuthorization', () => upstream.startDeviceAuthorization(target, client, startUrl), client),
    createToken: (target, client, grant) =>
      call('deviceCode' in grant ? 'CreateToken' : 'RefreshToken', () => upstream.createToken(target, client, grant)),
  };
}

/** The access portal with the same witness. */
export function observedPortal(portal: Portal, { clock, observe }: ObserveCallsDependencies): Portal {
  return {
    async getRoleCredentials(target, accessToken, pin) {
      const askedAtMs = clock.nowMs();
      const answer = await portal.getRoleCredentials(target, accessToken, pin);
      const latencyMs = clock.nowMs() - askedAtMs;
      observe({ event: 'upstream_called', operation: 'GetRoleCredentials', outcome: answer.kind, latencyMs });
      return answer;
    },
  };
}

type Answer = TokenAnswer | UpstreamProblem | { readonly kind: 'registered' } | { readonly kind: 'started' };

/** What a call came to, in one word. */
export function outcomeOf(answer: Answer | PortalAnswer): UpstreamOutcome {
  return 'cause' in answer ? answer.cause : answer.kind;
}
