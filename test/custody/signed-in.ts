/** A device with its handle, and what tests of custody do with it. */

import type { Custody, Grant } from '../../lambda/core/grant.ts';
import { openWithHandle } from '../../lambda/core/sealing.ts';
import { type FakeClock, makeFakeClock } from '../support/fake-clock.ts';
import { makeTimeline, type Timeline } from '../support/fake-timeline.ts';
import { TOKEN_SECONDS } from '../support/fake-upstream.ts';
import { DEVICE, makeWholeBroker, type WholeBroker, type WholeBrokerOptions } from '../support/whole-broker.ts';

/** After so long a token is refreshed at the next request: two thirds of its life. */
export const STALE_MS = (TOKEN_SECONDS / 3) * 2 * 1000;

/** After so long the first token is dead. */
export const DEAD_MS = TOKEN_SECONDS * 1000;

type Options = Partial<Omit<WholeBrokerOptions, 'time'>>;

/** A device of a fleet that has signed in, under a clock that stands still. */
export async function signedIn(fleet: string, options: Options = {}) {
  const time = makeFakeClock();
  return { time, ...(await withDevice(time, fleet, options)) };
}

/** The same on a timeline, for callers that run side by side. */
export async function signedInTogether(fleet: string, options: Options = {}) {
  const time = makeTimeline();
  const set = await withDevice(time, fleet, options);

  /** So many refreshes in the same moment, and what they came to. */
  async function refreshAtOnce(count: number) {
    const started = await Promise.all(Array.from({ length: count }, () => time.start(set.refresh)));
    await time.finish();
    return Promise.all(started.map(({ result }) => result));
  }

  return { time, ...set, refreshAtOnce };
}

async function withDevice(time: FakeClock | Timeline, fleet: string, options: Options) {
  const broker: WholeBroker = makeWholeBroker({ time, ...options });
  const device = await broker.signIn(fleet);
  const { clientId, clientSecret, handle, grantId } = device;
  const grant = async (): Promise<Grant> => (await broker.grantRecords.read(grantId)) as Grant;
  return {
    broker,
    device,
    /** The device's refresh. */
    refresh: () => broker.refreshTokens({ clientId, clientSecret, refreshToken: handle, ...DEVICE }),
    /** The grant as it is stored. */
    grant,
    /** What the grant holds, opened. */
    custody: async (): Promise<Custody> => openWithHandle<Custody>((await grant()).sealedCustody ?? '', handle),
    /** Changes the grant behind everybody's back. */
    changeGrant: (next: (grant: Grant) => Grant) => broker.grantRecords.change(grantId, () => true, next),
  };
}
