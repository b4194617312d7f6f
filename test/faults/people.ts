import type { Dice } from './dice.ts';
import type { Functions } from './functions.ts';
import type { SimulatedIdentityCenter } from './identity-center.ts';
import type { FlowSession } from './ledger.ts';
import type { VirtualTime } from './virtual-time.ts';
import { isDeferred } from './world-settings.ts';

/** Where people live. */
export interface PeopleWorld {
  readonly api: Functions;
  readonly ops: Functions;
  readonly time: VirtualTime;
  readonly identityCenter: SimulatedIdentityCenter;
}

/** Makes the people: somebody sees the code of a session, and approves, denies, cancels, or never comes. */
export function makePeople({ api, ops, time, identityCenter }: PeopleWorld) {
  return async function seeCode(session: FlowSession, dice: Dice): Promise<void> {
    const mood = dice.next();
    if (mood < 0.12) return;
    // Most are there within two minutes; some come when the code is nearly over.
    const comesAfterMs = dice.chance(0.1) ? dice.between(400_000, 598_000) : 3_000 - Math.log(1 - dice.next()) * 80_000;
    await time.sleep(comesAfterMs);
    if (mood < 0.16) return cancel(session);
    const userCode = isDeferred(session.fleet) ? await continueToAws(session, dice) : session.userCode;
    if (userCode === undefined) return;
    const decision = mood < 0.22 ? 'denied' : 'approved';
    if (identityCenter.decide(userCode, decision) && decision === 'denied') session.endedByWill ??= 'denied';
  };

  async function cancel(session: FlowSession): Promise<void> {
    const invoked = await ops.invoke((broker) => broker.operate.cancel(session.sessionId, 'out of service'));
    // A cancel whose answer got lost may have happened.
    if (invoked.outcome !== 'answered' || invoked.answer.session?.phase === 'cancelled')
      session.endedByWill ??= 'cancelled';
  }

  /** @returns the code on AWS's page, a little later; undefined when there is none to be had */
  async function continueToAws(session: FlowSession, dice: Dice): Promise<string | undefined> {
    for (let tries = 0; tries < 20; tries += 1) {
      const ip = `198.51.100.${Math.floor(dice.next() * 250)}`;
      const invoked = await api.invoke((broker) => broker.activation.continueToAws(session.userCode, ip));
      if (invoked.outcome === 'answered' && invoked.answer.kind === 'continue') {
        const link = new URL(invoked.answer.verificationUriComplete.replace('#/', ''));
        await time.sleep(dice.between(3_000, 90_000));
        return link.searchParams.get('user_code') ?? undefined;
      }
      if (invoked.outcome === 'answered' && invoked.answer.kind === 'settled') return undefined;
      await time.sleep(dice.between(5_000, 20_000));
    }
    return undefined;
  }
}
