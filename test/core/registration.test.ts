import { describe, expect, it } from 'vitest';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import {
  makeRegistrations,
  type Registration,
  type RegistrationStore,
  registrationName,
} from '../../lambda/core/registration.ts';
import { makeFleet } from '../support/fake-records.ts';
import { makeTimeline } from '../support/fake-timeline.ts';
import { makeFakeUpstream } from '../support/fake-upstream.ts';
import { makeFakeVault } from '../support/fake-vault.ts';
import { makeMemoryRegistrationStore } from '../support/memory-registration-store.ts';

const DAY_MS = 86_400_000;
const LIFE_MS = 90 * DAY_MS;
const TARGET = makeFleet();

function setUp() {
  const time = makeTimeline();
  const upstream = makeFakeUpstream({ clock: time, sleep: time.sleep, latencyMs: () => 300 });
  const store = makeMemoryRegistrationStore();
  const vault = makeFakeVault();
  const events: BrokerEvent[] = [];
  const observe = (event: BrokerEvent): void => void events.push(event);
  const keeper = (own: Partial<RegistrationStore> = {}) =>
    makeRegistrations({ store: { ...store, ...own }, upstream, vault, clock: time, sleep: time.sleep, observe });

  /** So many callers at once, spread over four function environments. */
  async function callers(count: number, keepers = [keeper(), keeper(), keeper(), keeper()], spent?: Registration) {
    const started = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        time.start(() => (keepers[index % keepers.length] as ReturnType<typeof keeper>).current(TARGET, spent)),
      ),
    );
    await time.finish();
    return Promise.all(started.map(({ result }) => result));
  }

  /** One caller, who gets a registration. */
  async function current(registrations = keeper(), spent?: Registration): Promise<Registration> {
    return (await callers(1, [registrations], spent))[0] as Registration;
  }

  return {
    time,
    upstream,
    store,
    vault,
    events,
    keeper,
    callers,
    current,
    minted: () => upstream.countOf('registerClient'),
  };
}

/** A registration with its secret told, to compare it by. */
function told(registration: unknown) {
  const { clientSecret, ...rest } = registration as Registration;
  return { ...rest, clientSecret: clientSecret.reveal() };
}

describe('the broker’s upstream registration', () => {
  it('is made once for 20 callers at once in several environments, and all get it', async () => {
    const { callers, minted } = setUp();

    const answers = await callers(20);

    expect(minted()).toBe(1);
    const got = answers.map(told);
    expect(got).toEqual(Array(20).fill(got[0]));
    expect(got[0]).toMatchObject({ clientId: 'upstream-client-1', clientSecret: 'upstream-secret-1' });
  });

  it('is made once even if somebody looked before it was there and comes for the lease after it', async () => {
    const { time, store, keeper, callers, minted } = setUp();
    const slow = keeper({
      async readCurrent(name) {
        const found = await store.readCurrent(name);
        await time.sleep(found === undefined ? 1_000 : 0);
        return found;
      },
    });

    const answers = await callers(2, [slow, keeper()]);

    expect(minted()).toBe(1);
    expect(told(answers[0])).toEqual(told(answers[1]));
  });

  it('is remembered: from then on an environment neither reads the table nor asks the vault', async () => {
    const { store, keeper, current } = setUp();
    let reads = 0;
    const readCurrent = (name: string) => {
      reads += 1;
      return store.readCurrent(name);
    };
    const registrations = keeper({ readCurrent });
    await current(registrations);
    const before = reads;

    await current(registrations);

    expect(reads).toBe(before);
  });

  it('is stored with its secret encrypted, bound to its own name', async () => {
    const { store, vault, current } = setUp();
    const { registrationRef, clientSecret } = await current();
    const encrypted = store.byRef.get(registrationRef)?.encryptedSecret as string;

    expect(Buffer.from(encrypted, 'base64').toString('latin1')).not.toContain(clientSecret.reveal());
    const decrypted = await vault.decrypt(encrypted, { purpose: 'registration', registrationRef });
    expect(decrypted.reveal()).toBe(clientSecret.reveal());
    await expect(vault.decrypt(encrypted, { purpose: 'registration', registrationRef: 'another' })).rejects.toThrow();
  });

  it('is renewed a day before its end, once for 20 callers, and not a second earlier', async () => {
    const { time, current, callers, minted } = setUp();
    const { expiresAt } = await current();

    await time.elapse(expiresAt * 1000 - DAY_MS - 1_000 - time.nowMs());
    await callers(20);
    expect(minted()).toBe(1);

    await time.elapse(1_000);
    const answers = await callers(20);
    expect(minted()).toBe(2);
    expect(answers).toContainEqual(expect.objectContaining({ clientId: 'upstream-client-2' }));
  });

  it('keeps the old one to its end when it is renewed: sessions and grants that began with it depend on it', async () => {
    const { time, keeper, current } = setUp();
    const old = await current();
    await time.elapse(LIFE_MS - DAY_MS);
    const renewed = await current();

    expect(renewed.registrationRef).not.toBe(old.registrationRef);
    expect(told(await keeper().byRef(old.registrationRef))).toEqual(told(old));
    expect(told(await keeper().byRef(renewed.registrationRef))).toEqual(told(renewed));
  });

  it('is replaced once when upstream does not know it any more, for all who noticed', async () => {
    const { callers, current, minted } = setUp();
    const spent = await current();

    const answers = await callers(20, undefined, spent);

    expect(minted()).toBe(2);
    expect(answers.every((answer) => 'clientId' in answer && answer.clientId === 'upstream-client-2')).toBe(true);
  });

  it('stays in use, for everybody and at once, while upstream is down and its own end is near', async () => {
    const { time, upstream, current, callers } = setUp();
    const registration = await current();
    await time.elapse(LIFE_MS - DAY_MS);
    upstream.failSettingUp({ kind: 'unavailable', cause: 'server_error' });
    const beforeMs = time.nowMs();

    const answers = await callers(20);

    expect(answers.every((answer) => 'clientId' in answer && answer.clientId === registration.clientId)).toBe(true);
    expect(time.nowMs() - beforeMs).toBeLessThan(1_000);
  });

  it('is not used for new sessions in its last hour: nobody approves and refreshes that fast', async () => {
    const { time, upstream, current, callers } = setUp();
    await current();
    await time.elapse(LIFE_MS - 3_600_000);
    upstream.failSettingUp({ kind: 'unavailable', cause: 'server_error' });

    expect(await callers(1)).toEqual([{ kind: 'unavailable', cause: 'server_error' }]);
  });

  it('cannot be had when upstream is down and there is none, and the caller is told why', async () => {
    const { upstream, callers } = setUp();
    upstream.failSettingUp({ kind: 'unavailable', cause: 'throttled' });

    expect(await callers(1)).toEqual([{ kind: 'unavailable', cause: 'throttled' }]);
  });

  it('can be made by the next caller at once when one could not be made', async () => {
    const { time, upstream, callers, current } = setUp();
    upstream.failSettingUp({ kind: 'unavailable', cause: 'throttled' });
    await callers(1);
    upstream.failSettingUp(undefined);
    const beforeMs = time.nowMs();

    expect((await current()).clientId).toBe('upstream-client-1');
    expect(time.nowMs() - beforeMs).toBeLessThan(1_000);
  });

  it('is opened once in an environment, also in its last day, when everybody looks for a newer one', async () => {
    const { time, upstream, vault, keeper, current } = setUp();
    await current();
    await time.elapse(LIFE_MS - DAY_MS);
    upstream.failSettingUp({ kind: 'unavailable', cause: 'server_error' });
    let opened = 0;
    const { decrypt } = vault;
    vault.decrypt = (...sealed) => {
      opened += 1;
      return decrypt(...sealed);
    };
    const registrations = keeper();

    for (let turn = 0; turn < 5; turn += 1) await current(registrations);

    expect(opened).toBe(1);
  });

  it('is made by somebody else once the lease of a maker that died has run out', async () => {
    const { time, store, callers, minted } = setUp();
    await store.takeLease(registrationName(TARGET), time.nowMs(), time.nowMs() + 10_000);

    const early = await callers(3);
    expect(early).toEqual(Array(3).fill({ kind: 'unavailable', cause: 'timeout' }));
    expect(minted()).toBe(0);

    const later = await callers(3);
    expect(minted()).toBe(1);
    expect(later.every((answer) => 'clientId' in answer)).toBe(true);
  });

  it('is told of without its secret', async () => {
    const { events, current } = setUp();
    const { expiresAt } = await current();

    expect(events).toEqual([{ event: 'registration_renewed', region: 'eu-central-1', expiresAt }]);
  });
});

describe('a registration by its name in the table', () => {
  it('is found by an environment that never saw it', async () => {
    const { keeper, current } = setUp();
    const registration = await current();

    expect(told(await keeper().byRef(registration.registrationRef))).toEqual(told(registration));
  });

  it('that nobody made is not there', async () => {
    expect(await setUp().keeper().byRef('eu-central-1 sso:account:access#0')).toBeUndefined();
  });

  it('is gone from the second at which it ends, also for an environment that remembers it', async () => {
    const { time, keeper, current } = setUp();
    const remembering = keeper();
    const { registrationRef, expiresAt } = await current(remembering);
    await time.elapse(expiresAt * 1000 - 1 - time.nowMs());
    expect(await remembering.byRef(registrationRef)).toBeDefined();

    await time.elapse(1);

    expect(await keeper().byRef(registrationRef)).toBeUndefined();
    expect(await remembering.byRef(registrationRef)).toBeUndefined();
  });
});
