import type { Table } from '../../lambda/adapters/table.ts';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { orThrow } from '../../lambda/core/oauth-error.ts';
import type { Session } from '../../lambda/core/session.ts';
import type { Settings } from '../../lambda/core/settings.ts';
import type { DeviceAuthorization } from '../../lambda/core/start-session.ts';
import type { Upstream } from '../../lambda/core/upstream.ts';
import { type WiredBroker, wireBrokerOver } from '../faults/wired-broker.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { clientSecretOf, makeClient, makeFleet } from '../support/fake-records.ts';
import { makeFakeRefreshes } from '../support/fake-refreshes.ts';
import { type FakeUpstream, makeFakeUpstream } from '../support/fake-upstream.ts';
import { makeFakeVault } from '../support/fake-vault.ts';
import type { Scheduler, Turn } from './scheduler.ts';

/** A device that has started a session. */
export interface RacingDevice extends DeviceAuthorization {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly sessionId: string;
}

const FROM = { sourceIp: '192.0.2.7', baseUrl: 'https://broker.example/v1' } as const;

const SETTINGS: Settings = {
  fleets: { kiosks: makeFleet() },
  redelivery: { windowSeconds: 300, maxDeliveries: 5 },
  deviceAuth: 'client_secret',
  upstreamCallsPerSecond: 80,
};

export type World = Awaited<ReturnType<typeof makeWorld>>;

/**
 * A broker for one run of a race: actors are function environments of their own, whose storage and upstream steps take
 * turns; what is set up beforehand and looked at afterwards does not.
 */
export async function makeWorld(scheduler: Scheduler, table: Table) {
  const vault = makeFakeVault();
  const events: BrokerEvent[] = [];
  const randomBytes = makeFakeRandom();
  const ports = {
    clock: scheduler,
    sleep: async (milliseconds: number) => scheduler.advance(milliseconds),
    randomBytes,
    observe: (event: BrokerEvent) => void events.push(event),
  };
  const fakeUpstream: FakeUpstream = makeFakeUpstream(ports);
  const refreshes = makeFakeRefreshes(ports);
  const upstream: Upstream = {
    ...fakeUpstream,
    createToken: (target, client, grant) =>
      'refreshToken' in grant
        ? refreshes.createToken(target, client, grant)
        : fakeUpstream.createToken(target, client, grant),
  };
  const edges = { ...ports, settings: SETTINGS, vault };
  const broker = wireBrokerOver({ ...edges, table, upstream });

  /** One more function environment, whose steps are the actor's. */
  function environment(actor: string): WiredBroker {
    const turn = scheduler.turnOf(actor);
    return wireBrokerOver({
      ...edges,
      sleep: scheduler.sleepOf(actor),
      table: inTurns(table, turn),
      upstream: upstreamInTurns(upstream, turn),
    });
  }

  async function start(known?: Pick<RacingDevice, 'clientId' | 'clientSecret'>): Promise<RacingDevice> {
    const client = known ?? (await enrolled());
    const started = orThrow(await broker.startSession({ ...client, ...FROM }));
    return { ...client, ...started, sessionId: sessionIdOf(started.deviceCode) };
  }

  async function enrolled(): Promise<Pick<RacingDevice, 'clientId' | 'clientSecret'>> {
    const client = makeClient({ clientId: sha256('the racing client') });
    await broker.clients.create(client);
    return { clientId: client.clientId, clientSecret: clientSecretOf(client.clientId) };
  }

  async function stored(sessionId: string): Promise<Session> {
    const session = await broker.sessions.read(sessionId);
    if (session === undefined) throw new Error('the session is gone');
    return session;
  }

  /** A person approves, and the session's next poll is due. */
  async function approve({ sessionId }: RacingDevice): Promise<void> {
    const { upstreamDeviceCode, nextPollAtMs } = await stored(sessionId);
    fakeUpstream.approveAt(scheduler.nowMs(), upstreamDeviceCode);
    scheduler.advance(nextPollAtMs - scheduler.nowMs());
  }

  return {
    ...broker,
    scheduler,
    events,
    from: FROM,
    upstreamCalls: fakeUpstream,
    refreshes,
    environment,
    enrolled,
    start,
    stored,
    approve,
    eventsOf: (name: BrokerEvent['event']) => events.filter(({ event }) => event === name),
  };
}

/** A table whose operations take turns. A condition that failed is followed by a look, which is a step of its own. */
function inTurns(table: Table, turn: Turn): Table {
  const short = (pk: string): string => pk.slice(0, pk.indexOf('#') + 7);
  const reading = (what: string, touches: readonly string[]) => ({ what, touches, writes: false });
  const writing = (what: string, pk: string) => ({ what: `${what} ${short(pk)}`, touches: [pk], writes: true });
  return {
    get: (pk) => turn(reading(`get ${short(pk)}`, [pk]), () => table.get(pk)),
    batchGet: (pks) => turn(reading(`get ${pks.map(short).join(', ')}`, pks), () => table.batchGet(pks)),
    putNew: (item) => turn(writing('put', item.pk), () => table.putNew(item)),
    async update(pk, change) {
      const updated = await turn(writing('update', pk), () => table.update(pk, change));
      if (updated.done) return updated;
      const item = await turn(reading(`look at ${short(pk)}`, [pk]), () => table.get(pk));
      return item === undefined ? { done: false } : { done: false, item };
    },
    queryIndex: (query) => turn(reading('query', []), () => table.queryIndex(query)),
  };
}

function upstreamInTurns(upstream: Upstream, turn: Turn): Upstream {
  const asking = (what: string) => ({ what: `upstream ${what}`, touches: ['upstream'], writes: true });
  return {
    registerClient: (target) => turn(asking('registerClient'), () => upstream.registerClient(target)),
    startDeviceAuthorization: (...call) =>
      turn(asking('startDeviceAuthorization'), () => upstream.startDeviceAuthorization(...call)),
    createToken: (...call) => turn(asking('createToken'), () => upstream.createToken(...call)),
  };
}
