import { strict as assert } from 'node:assert';
import type { TokenResponse } from '../../lambda/core/deliver-tokens.ts';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import { isRefusal, type Refusal } from '../../lambda/core/oauth-error.ts';
import { phaseAt } from '../../lambda/core/session.ts';
import type { DeviceAuthorization } from '../../lambda/core/start-session.ts';
import { answerOf, type Race, refusalsIn } from './races.ts';
import { EVERYTHING } from './scheduler.ts';
import type { RacingDevice, World } from './world.ts';

type Answer = TokenResponse | Refusal;

/** Approvals that Identity Center gave out. */
const redeemed = (world: World): number => world.upstreamCalls.issued.length;

async function approvedDevice(world: World): Promise<RacingDevice> {
  const device = await world.start();
  await world.approve(device);
  return device;
}

const startSupersede: Race = {
  name: 'start / start of one client',
  holds: 'One of the two sessions is live, the other and the one before are superseded.',
  async prepare(world) {
    const before = await world.start();
    const { clientId, clientSecret } = before;
    const start = (actor: string) => () =>
      world.environment(actor).startSession({ clientId, clientSecret, ...world.from });
    return {
      actors: { one: start('one'), two: start('two') },
      async check(outcomes) {
        const codes = ['one', 'two'].map((actor) => answerOf<DeviceAuthorization>(outcomes, actor).deviceCode);
        const phases = await Promise.all(codes.map(async (code) => (await world.stored(sessionIdOf(code))).phase));
        assert.deepEqual(phases.sort(), ['pending', 'superseded']);
        assert.equal((await world.stored(before.sessionId)).phase, 'superseded');
      },
    };
  },
};

const supersedeSettle: Race = {
  name: 'supersede / settle',
  holds:
    'The old session is superseded without tokens, or its approval was faster and is delivered; the new one lives.',
  async prepare(world) {
    const old = await approvedDevice(world);
    const { clientId, clientSecret } = old;
    return {
      actors: {
        start: () => world.environment('start').startSession({ clientId, clientSecret, ...world.from }),
        poll: () => world.environment('poll').redeemDeviceCode(old),
      },
      async check(outcomes) {
        const started = answerOf<DeviceAuthorization>(outcomes, 'start');
        assert.equal((await world.stored(sessionIdOf(started.deviceCode))).phase, 'pending');
        const { phase, sealedTokens } = await world.stored(old.sessionId);
        const polled = answerOf<Answer>(outcomes, 'poll');
        assert.ok(phase === 'claimed' || phase === 'superseded');
        assert.equal(isRefusal(polled), phase === 'superseded');
        assert.equal(sealedTokens === undefined, phase === 'superseded');
        assert.equal(world.eventsOf('approval_lost').length, phase === 'superseded' ? redeemed(world) : 0);
      },
    };
  },
};

const claimClaim: Race = {
  name: 'claim / claim of a poll',
  holds: 'Identity Center is polled once, and its approval is stored once.',
  async prepare(world) {
    const device = await approvedDevice(world);
    const session = await world.stored(device.sessionId);
    const poll = (actor: string) => () => world.environment(actor).pollSession(session);
    return {
      actors: { loop: poll('loop'), device: poll('device') },
      async check(outcomes) {
        for (const actor of ['loop', 'device']) answerOf(outcomes, actor);
        assert.equal(world.upstreamCalls.countOf('createToken'), 1);
        assert.equal((await world.stored(device.sessionId)).phase, 'authorized');
      },
    };
  },
};

const deliverDeliver: Race = {
  name: 'claim / claim of the tokens',
  holds: 'Both get the same answer to the byte, one delivery is counted, and one grant is left behind.',
  async prepare(world) {
    const device = await approvedDevice(world);
    await world.pollSession(await world.stored(device.sessionId));
    const redeem = (actor: string) => () => world.environment(actor).redeemDeviceCode(device);
    return {
      actors: { one: redeem('one'), two: redeem('two') },
      async check(outcomes) {
        const [one, two] = ['one', 'two'].map((actor) => answerOf<Answer>(outcomes, actor));
        assert.deepEqual(one, two);
        assert.ok(one !== undefined && !isRefusal(one));
        assert.equal((await world.stored(device.sessionId)).deliveries, 1);
        assert.equal(world.eventsOf('tokens_delivered').length, 1);
      },
    };
  },
};

const pollPoll: Race = {
  name: 'claim / claim, from poll to tokens',
  holds: 'Identity Center is polled once, and both polls get the one token set.',
  async prepare(world) {
    const device = await approvedDevice(world);
    const redeem = (actor: string) => () => world.environment(actor).redeemDeviceCode(device);
    return {
      actors: { one: redeem('one'), two: redeem('two') },
      async check(outcomes) {
        const [one, two] = ['one', 'two'].map((actor) => answerOf<Answer>(outcomes, actor));
        assert.ok(one !== undefined && !isRefusal(one));
        assert.deepEqual({ ...one, expiresIn: 0 }, { ...two, expiresIn: 0 });
        assert.equal(world.upstreamCalls.countOf('createToken'), 1);
      },
    };
  },
};

const claimExpire: Race = {
  name: 'claim / expire',
  holds:
    'An approval that was redeemed is delivered; otherwise the session has expired, and no later poll gets tokens.',
  async prepare(world) {
    const { scheduler } = world;
    const device = await approvedDevice(world);
    const { expiresAt } = await world.stored(device.sessionId);
    scheduler.advance(expiresAt * 1000 - 1 - scheduler.nowMs());
    const turn = scheduler.turnOf('time');
    const everything = { what: 'the code expires', touches: EVERYTHING, writes: true };
    return {
      actors: {
        poll: () => world.environment('poll').redeemDeviceCode(device),
        loop: async () => world.environment('loop').pollSession(await world.stored(device.sessionId)),
        time: () => turn(everything, async () => scheduler.advance(1)),
      },
      async check(outcomes) {
        const polled = answerOf<Answer>(outcomes, 'poll');
        answerOf(outcomes, 'loop');
        scheduler.advance(20_000);
        const again = await world.redeemDeviceCode(device);
        const isDelivered = redeemed(world) === 1;
        assert.equal(isRefusal(again), !isDelivered);
        if (!isRefusal(polled)) assert.ok(isDelivered);
        if (!isDelivered) assert.deepEqual(refusalsIn([again]), ['expired_token']);
        const stored = await world.stored(device.sessionId);
        assert.equal(phaseAt(stored, scheduler.nowMs()), isDelivered ? 'claimed' : 'expired');
        assert.deepEqual(world.eventsOf('approval_lost'), []);
      },
    };
  },
};

const claimLock: Race = {
  name: 'claim / lock',
  holds: 'The tokens were delivered before the lock, or the session is cancelled without them; afterwards nothing is.',
  async prepare(world) {
    const device = await approvedDevice(world);
    await world.pollSession(await world.stored(device.sessionId));
    return {
      actors: {
        claim: () => world.environment('claim').redeemDeviceCode(device),
        lock: () => world.environment('lock').operate.lock(device.clientId, 'stolen'),
      },
      async check(outcomes) {
        const claimed = answerOf<Answer>(outcomes, 'claim');
        answerOf(outcomes, 'lock');
        const { phase, sealedTokens } = await world.stored(device.sessionId);
        assert.equal(phase, isRefusal(claimed) ? 'cancelled' : 'claimed');
        assert.equal(sealedTokens === undefined, phase === 'cancelled');
        assert.deepEqual(refusalsIn([await world.redeemDeviceCode(device)]), ['invalid_client']);
      },
    };
  },
};

const settleCancel: Race = {
  name: 'settle / cancel',
  holds: 'The session is authorized with its tokens, or cancelled without; a redeemed approval that lost is told.',
  async prepare(world) {
    const device = await approvedDevice(world);
    const session = await world.stored(device.sessionId);
    return {
      actors: {
        settle: () => world.environment('settle').pollSession(session),
        cancel: () => world.environment('cancel').operate.cancel(device.sessionId, 'by mistake'),
      },
      async check(outcomes) {
        answerOf(outcomes, 'settle');
        const cancelled = answerOf<{ done: boolean }>(outcomes, 'cancel');
        const { phase, sealedTokens } = await world.stored(device.sessionId);
        // An operator may still cancel what is authorized and not delivered yet.
        assert.equal(phase, cancelled.done ? 'cancelled' : 'authorized');
        assert.equal(sealedTokens === undefined, cancelled.done);
        const wasAuthorized = world
          .eventsOf('session_settled')
          .some((event) => 'phase' in event && event.phase === 'authorized');
        const lost = redeemed(world) === 1 && !wasAuthorized ? 1 : 0;
        assert.equal(world.eventsOf('approval_lost').length, lost);
      },
    };
  },
};

/** The races for one session. */
export const SESSION_RACES: readonly Race[] = [
  startSupersede,
  supersedeSettle,
  claimClaim,
  deliverDeliver,
  pollPoll,
  claimExpire,
  claimLock,
  settleCancel,
];
