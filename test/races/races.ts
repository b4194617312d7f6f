import { strict as assert } from 'node:assert';
import { sha256 } from '../../lambda/core/hashing.ts';
import { isRefusal, orThrow } from '../../lambda/core/oauth-error.ts';
import type { RegisteredClient } from '../../lambda/core/register-client.ts';
import type { Registration } from '../../lambda/core/registration.ts';
import type { PreparedRace } from './explore.ts';
import type { Outcomes } from './scheduler.ts';
import type { World } from './world.ts';

/** A race: who runs, and in one sentence what holds afterwards, in whatever order their steps came. */
export interface Race {
  readonly name: string;
  readonly holds: string;
  prepare(world: World): Promise<PreparedRace>;
}

/** What an actor answered; an actor that threw fails the check. */
export function answerOf<T>(outcomes: Outcomes, actor: string): T {
  const outcome = outcomes[actor];
  if (outcome?.status !== 'fulfilled') throw new Error(`${actor} threw`, { cause: outcome?.reason });
  return outcome.value as T;
}

/** A handful of answers that are all of this kind. */
export function refusalsIn(answers: readonly object[]): string[] {
  return answers.flatMap((answer) => (isRefusal(answer) ? [answer.refused] : []));
}

const mintMint: Race = {
  name: 'mint / mint',
  holds: 'Identity Center is asked for one registration, and both use it.',
  async prepare(world) {
    const target = { region: 'eu-central-1', scopes: ['sso:account:access'] };
    const mint = (actor: string) => () => world.environment(actor).registrations.current(target);
    return {
      actors: { one: mint('one'), two: mint('two') },
      async check(outcomes) {
        const refs = ['one', 'two'].map((actor) => answerOf<Registration>(outcomes, actor).registrationRef);
        assert.equal(new Set(refs).size, 1);
        assert.notEqual(refs[0], undefined);
        assert.equal(world.upstreamCalls.countOf('registerClient'), 1);
      },
    };
  },
};

const enrollEnroll: Race = {
  name: 'enroll / enroll at the last use',
  holds: 'One device is registered, the other is told that the key is used up, and one use is counted.',
  async prepare(world) {
    const { key, text } = await world.operate.createEnrollmentKey({ fleet: 'kiosks', maxUses: 1 });
    const enroll = (actor: string) => () =>
      world.environment(actor).registerClient({ clientName: actor, enrollmentKey: text });
    return {
      actors: { one: enroll('one'), two: enroll('two') },
      async check(outcomes) {
        const answers = ['one', 'two'].map((actor) => answerOf<object>(outcomes, actor));
        assert.deepEqual(refusalsIn(answers), ['invalid_token']);
        const registered = answers.filter((answer) => !isRefusal(answer)) as RegisteredClient[];
        assert.ok(await world.clients.read(registered[0]?.clientId ?? ''));
        assert.equal((await world.enrollmentKeys.read(key.enrollmentKeyId))?.uses, 1);
      },
    };
  },
};

/** A device with a handle whose access token is nearly over. */
async function signedIn(world: World) {
  const device = await world.start();
  await world.approve(device);
  const { refreshToken = '' } = orThrow(await world.redeemDeviceCode(device));
  world.scheduler.advance(28_000_000);
  const { clientId, clientSecret } = device;
  return { clientId, clientSecret, handle: refreshToken };
}

const refreshRefresh: Race = {
  name: 'refresh / refresh',
  holds: 'Identity Center is asked once, and both get the access token that it gave.',
  async prepare(world) {
    const { handle, ...credentials } = await signedIn(world);
    const refresh = (actor: string) => () =>
      world.environment(actor).refreshTokens({ ...credentials, ...world.from, refreshToken: handle });
    return {
      actors: { one: refresh('one'), two: refresh('two') },
      async check(outcomes) {
        const tokens = ['one', 'two'].map((actor) => answerOf<{ accessToken?: string }>(outcomes, actor).accessToken);
        assert.deepEqual(tokens, ['refreshed-access-token-1', 'refreshed-access-token-1']);
        assert.equal(world.refreshes.calls.length, 1);
      },
    };
  },
};

const refreshRevoke: Race = {
  name: 'refresh / revoke',
  holds: 'The grant is revoked and keeps no tokens; the refresh got one token, or invalid_grant, and no other has.',
  async prepare(world) {
    const { handle, ...credentials } = await signedIn(world);
    const refreshToken = handle;
    return {
      actors: {
        refresh: () => world.environment('refresh').refreshTokens({ ...credentials, ...world.from, refreshToken }),
        revoke: () => world.environment('revoke').revokeToken({ ...credentials, token: handle }),
      },
      async check(outcomes) {
        assert.equal(answerOf(outcomes, 'revoke'), undefined);
        const refreshed = answerOf<object>(outcomes, 'refresh');
        const again = await world.refreshTokens({ ...credentials, ...world.from, refreshToken });
        assert.deepEqual(refusalsIn([again]), ['invalid_grant']);
        if (isRefusal(refreshed)) assert.equal(refreshed.refused, 'invalid_grant');
        else assert.equal((refreshed as { accessToken: string }).accessToken, 'refreshed-access-token-1');
        assert.ok(world.refreshes.calls.length <= 1);
        const grant = await world.grants.read(sha256(handle));
        assert.equal(grant?.endReason, 'revoked');
        assert.equal(grant?.sealedCustody, undefined);
      },
    };
  },
};

/** The races for what is kept: registrations, enrollment keys, grants. */
export const KEEPING_RACES: readonly Race[] = [mintMint, enrollEnroll, refreshRefresh, refreshRevoke];
