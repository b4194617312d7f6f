import type { Settings } from '../../lambda/core/settings.ts';
import { makeFleet } from '../support/fake-records.ts';

/** The fleets of a run, and how its sessions are spread over them. */
export const SETTINGS: Settings = {
  fleets: {
    kiosks: makeFleet({ name: 'kiosks' }),
    signs: makeFleet({ name: 'signs', minimumIntervalSeconds: 10 }),
    robots: makeFleet({ name: 'robots', approval: 'deferred', sessionLifetimeSeconds: 3_600 }),
  },
  redelivery: { windowSeconds: 300, maxDeliveries: 5 },
  deviceAuth: 'client_secret',
  upstreamCallsPerSecond: 80,
};

/** Chosen with these odds. */
export const FLEET_ODDS = ['kiosks', 'kiosks', 'kiosks', 'signs', 'robots'] as const;

/** Whether the broker's own page comes before AWS's in a fleet. */
export function isDeferred(fleet: string): boolean {
  return SETTINGS.fleets[fleet]?.approval === 'deferred';
}

/** Least seconds between two polls in a fleet, before slow_downs. */
export function leastIntervalSeconds(fleet: string | undefined, upstreamSeconds: number): number {
  return Math.max(upstreamSeconds, SETTINGS.fleets[fleet ?? '']?.minimumIntervalSeconds ?? 0);
}
