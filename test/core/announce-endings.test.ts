import { describe, expect, it } from 'vitest';
import { makeAnnounceEndings, type SignInEvent } from '../../lambda/core/announce-endings.ts';
import type { Client } from '../../lambda/core/client.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeClient } from '../support/fake-records.ts';
import { makeMemoryClientStore } from '../support/memory-client-store.ts';

const DAY_SECONDS = 86_400;

/** A client whose sign-in ends in so many days. */
function signedIn(days: number, more: Partial<Client> = {}): Client {
  const signIn = {
    signInSessionId: 'session-1',
    signInAtMs: START_MS,
    signInEndsAt: START_SECONDS + days * DAY_SECONDS,
  };
  return makeClient({ ...signIn, ...more });
}

async function announcer(...all: Client[]) {
  const clock = makeFakeClock();
  const clients = makeMemoryClientStore();
  for (const client of all) await clients.create(client);
  const events: SignInEvent[] = [];
  const bus = { isDown: false };
  async function* listClients() {
    for (const { clientId } of all) yield (await clients.read(clientId)) as Client;
  }
  const putEvents = async (put: readonly SignInEvent[]) => {
    if (bus.isDown) return [0];
    events.push(...put);
    return [];
  };
  const announce = makeAnnounceEndings({ listClients, clients, putEvents, clock });
  return { announce, clients, clock, events, bus };
}

describe('the announcement of sign-ins that end soon', () => {
  it('names the device and the end, a week ahead', async () => {
    const client = signedIn(7);
    const { announce, events } = await announcer(client, signedIn(8));

    expect(await announce()).toBe(1);

    const { clientId, clientName, fleet } = client;
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      source: 'fleet-token-broker',
      detailType: 'SignInEndsSoon',
      occurredAtMs: START_MS,
    });
    expect(events[0]?.detail.data).toEqual({
      clientId,
      clientName,
      fleet,
      sessionId: 'session-1',
      signedInAt: new Date(START_MS).toISOString(),
      endsAt: new Date(START_MS + 7 * DAY_SECONDS * 1000).toISOString(),
      secondsLeft: 7 * DAY_SECONDS,
    });
  });

  it('is made once for each end, and again when a new sign-in has another', async () => {
    const client = signedIn(3);
    const { announce, clients, events } = await announcer(client);

    expect([await announce(), await announce()]).toEqual([1, 0]);
    const next = { signInSessionId: 'session-2', signInAtMs: START_MS, signInEndsAt: START_SECONDS + 4 * DAY_SECONDS };
    await clients.recordSignIn(client.clientId, next);

    expect(await announce()).toBe(1);
    expect(new Set(events.map((event) => event.detail.metadata.id)).size).toBe(2);
  });

  it('is repeated under the same id when the bus did not take it', async () => {
    const { announce, events, bus } = await announcer(signedIn(1));
    bus.isDown = true;
    expect(await announce()).toBe(0);
    bus.isDown = false;

    expect(await announce()).toBe(1);
    expect(events).toHaveLength(1);
  });

  it.each([
    ['that never signed in', makeClient()],
    ['whose sign-in has ended already', signedIn(1, { signInEndedAtMs: START_MS })],
    ['whose end is past', signedIn(-1)],
    ['that was revoked', signedIn(1, { revokedAtMs: START_MS })],
  ])('leaves out a client %s', async (_, client) => {
    const { announce, events } = await announcer(client);

    expect(await announce()).toBe(0);
    expect(events).toEqual([]);
  });
});
