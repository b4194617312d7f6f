import type { Registration, Registrations } from './registration.ts';
import type { Fleet } from './settings.ts';
import type { StartedActivation, Upstream, UpstreamProblem } from './upstream.ts';

/** An upstream authorization, and the registration that it belongs to. */
export interface UpstreamStart extends StartedActivation {
  readonly registration: Registration;
}

/** Starts an upstream device authorization for a fleet. */
export type StartUpstream = (fleet: Fleet) => Promise<UpstreamStart | UpstreamProblem>;

/** Makes the start; a registration that upstream has forgotten is replaced once. */
export function makeStartUpstream({
  registrations,
  upstream,
}: {
  registrations: Registrations;
  upstream: Upstream;
}): StartUpstream {
  async function start(fleet: Fleet, registration: Registration): Promise<UpstreamStart | UpstreamProblem> {
    const answer = await upstream.startDeviceAuthorization(fleet, registration, fleet.startUrl);
    return answer.kind === 'started' ? { ...answer, registration } : answer;
  }

  return async function startUpstream(fleet) {
    const registration = await registrations.current(fleet);
    if ('kind' in registration) return registration;
    const answer = await start(fleet, registration);
    if (answer.kind !== 'invalid_client') return answer;
    const replacement = await registrations.current(fleet, registration);
    return 'kind' in replacement ? replacement : start(fleet, replacement);
  };
}
