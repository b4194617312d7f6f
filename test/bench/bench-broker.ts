import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbGrantStore } from '../../lambda/adapters/dynamodb-grant-store.ts';
import { makeDynamoDbRegistrationStore } from '../../lambda/adapters/dynamodb-registration-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import { makeDynamoDbUpstreamPace } from '../../lambda/adapters/dynamodb-upstream-pace.ts';
import { makeDynamoDbUserCodes } from '../../lambda/adapters/dynamodb-user-codes.ts';
import type { Item } from '../../lambda/adapters/table.ts';
import { makeActivateSession } from '../../lambda/core/activate-session.ts';
import { makeAuthenticateClient } from '../../lambda/core/authenticate-client.ts';
import { makeTick, type TickInput } from '../../lambda/core/cohort.ts';
import { makeDeferredSession } from '../../lambda/core/deferred-session.ts';
import { makeDeliverTokens } from '../../lambda/core/deliver-tokens.ts';
import { makeOpenSession } from '../../lambda/core/open-session.ts';
import { pacedUpstream } from '../../lambda/core/paced-upstream.ts';
import { makePollLimiter } from '../../lambda/core/poll-limiter.ts';
import { makePollSession } from '../../lambda/core/poll-session.ts';
import { makeRedeemDeviceCode } from '../../lambda/core/redeem-device-code.ts';
import { makeRegistrations, type Vault } from '../../lambda/core/registration.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import type { Settings } from '../../lambda/core/settings.ts';
import { makeStartPolling } from '../../lambda/core/start-polling.ts';
import { makeStartSession } from '../../lambda/core/start-session.ts';
import { makeStartUpstream } from '../../lambda/core/start-upstream.ts';
import type { Upstream } from '../../lambda/core/upstream.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { type CountingTables, makeCountingTables, type StreamRecord } from './counting-table.ts';
import type { Counts, Part } from './counts.ts';
import type { Deployment } from './deployment.ts';
import { makeFunctions } from './functions.ts';
import type { Json } from './json-path.ts';
import { makeStateMachine } from './state-machine.ts';
import { makeTableStream } from './table-stream.ts';
import type { VirtualTime } from './virtual-time.ts';

/** When a batch of the stream comes again that failed. */
const REDELIVERED_AFTER_MS = 1_000;

/** How long one call to DynamoDB takes. */
const TABLE_LATENCY_MS = 5;

export interface BenchBrokerOptions {
  readonly time: VirtualTime;
  readonly counts: Counts;
  readonly deployment: Deployment;
  readonly settings: Settings;
  readonly upstream: Upstream;
  readonly onTransition?: () => void;
  readonly beforeWrite?: (units: number) => Promise<void>;
  /** Waits until Step Functions takes one more StartExecution. */
  readonly beforeStart?: () => Promise<void>;
  /** Whether environments keep to Identity Center's quota once it throttles. @default true */
  readonly isPaced?: boolean;
  /** Invocations at once in the whole account. @default - any number */
  readonly maxConcurrent?: number;
}

export type BenchBroker = ReturnType<typeof makeBenchBroker>;

/** The broker on a virtual clock: its core and its stores, wired as its functions wire them, and everything counted. */
export function makeBenchBroker(options: BenchBrokerOptions) {
  const { time, counts, deployment, onTransition, beforeWrite, beforeStart, maxConcurrent } = options;
  const { memoryMb } = deployment;
  const functions = makeFunctions(counts, time, maxConcurrent);
  const randomBytes = makeFakeRandom();
  // Made last, for the loop begins with the stream and the stream with the table.
  const sink: { take: (record: StreamRecord) => void } = { take: () => undefined };
  const onChange = (record: StreamRecord): void => sink.take(record);
  const throttle = beforeWrite && { beforeWrite };
  const tables = makeCountingTables({ counts, sleep: time.sleep, latencyMs: TABLE_LATENCY_MS, onChange, ...throttle });

  const environmentsOf = (part: Part) =>
    makeEnvironments(() => wireCore(part, { ...options, tables, functions, randomBytes }));
  const environments = { 'sign-in': environmentsOf('sign-in'), 'device polls': environmentsOf('device polls') };
  const loop = environmentsOf('polling');

  const machine = makeStateMachine({
    ...deployment.machine,
    definition: deployment.definition,
    counts,
    clock: time,
    sleep: time.sleep,
    ...(onTransition && { onTransition }),
    invoke(input) {
      counts.add('polling', 'ticks');
      const tick = () => loop.use(({ tick }) => tick(input as unknown as TickInput));
      return functions.invoke('polling', memoryMb.poll, tick) as unknown as Promise<Json>;
    },
  });

  const startPolling = makeStartPolling({
    clock: time,
    async startLoop(state) {
      await beforeStart?.();
      return machine.start(`${state.cohort}-${state.generation}`, { ...state });
    },
  });

  sink.take = makeTableStream(time, [
    {
      ...deployment.startPolling,
      matches: becamePending,
      deliver: (batch) =>
        void deliver('orchestration', memoryMb.startPolling, async () => {
          const pending = batch.map(({ now }) => now as Item & { sessionId: string; nextPollAtMs: number });
          const cohort = await startPolling(pending);
          functions.log('orchestration', 'cohort_started', { cohort, sessions: pending.length });
        }),
    },
    {
      ...deployment.publishEvents,
      matches: ({ before, now }) => isSession(now) && before?.phase !== now?.phase,
      deliver: (batch) =>
        void deliver('events', memoryMb.publishEvents, async () => {
          counts.add('events', 'busEvents', batch.length);
          functions.log('events', 'events_published', { events: batch.length });
        }),
    },
  ]);

  /** A request to the device API. */
  function request<T>(part: 'sign-in' | 'device polls', work: (core: Core) => Promise<T>): Promise<T> {
    counts.add(part, 'apiRequests');
    return functions.invoke(part, memoryMb.deviceApi, () => environments[part].use(work));
  }

  /** Invokes a function of the stream; what Lambda refuses or the function fails at comes again. */
  async function deliver(part: Part, memory: number, work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await functions.invoke(part, memory, work);
      } catch {
        await time.sleep(REDELIVERED_AFTER_MS);
      }
    }
  }

  return { items: tables.items, request, running: functions.running };
}

type Core = ReturnType<typeof wireCore>;

/** The environments of a function: one serves one invocation at a time, and is made when none is idle. */
function makeEnvironments(make: () => Core) {
  const idle: Core[] = [];
  return {
    async use<T>(work: (core: Core) => Promise<T>): Promise<T> {
      const core = idle.pop() ?? make();
      try {
        return await work(core);
      } finally {
        idle.push(core);
      }
    },
  };
}

const isSession = (item: Item | undefined): boolean => item?.pk.startsWith('SESSION#') === true;

function becamePending({ before, now }: StreamRecord): boolean {
  return isSession(now) && now?.phase === 'pending' && before?.phase !== 'pending';
}

interface CoreOptions extends BenchBrokerOptions {
  readonly tables: CountingTables;
  readonly functions: ReturnType<typeof makeFunctions>;
  readonly randomBytes: ReturnType<typeof makeFakeRandom>;
}

/** One environment of a function, whose calls are counted for a part. */
function wireCore(part: Part, { time, counts, settings, tables, functions, randomBytes, ...options }: CoreOptions) {
  const table = tables.as(part);
  const pace = makeDynamoDbUpstreamPace(table);
  const callsPerSecond = settings.upstreamCallsPerSecond;
  const upstream =
    (options.isPaced ?? true)
      ? pacedUpstream(options.upstream, { pace, clock: time, callsPerSecond })
      : options.upstream;
  const ports = { clock: time, sleep: time.sleep, observe: functions.observe(part), randomBytes };
  const sessions = makeDynamoDbSessionStore(table);
  const clients = makeDynamoDbClientStore(table);
  const grants = makeDynamoDbGrantStore(table);
  const enrollmentKeys = makeDynamoDbEnrollmentKeyStore(table);
  const userCodes = makeDynamoDbUserCodes(table);
  const vault = makeCountingVault(counts, part);
  const registrations = makeRegistrations({ ...ports, store: makeDynamoDbRegistrationStore(table), upstream, vault });
  const startUpstream = makeStartUpstream({ registrations, upstream });
  const assertions = { useOnce: () => Promise.reject(new Error('the bench has client secrets only')) };
  const authenticate = makeAuthenticateClient({ ...ports, settings, assertions });
  const wired = {
    ...ports,
    settings,
    sessions,
    clients,
    grants,
    enrollmentKeys,
    userCodes,
    upstream,
    registrations,
    startUpstream,
    authenticate,
  };
  const openSession = makeOpenSession(wired);
  const deferredSession = makeDeferredSession(wired);
  const pollSession = makePollSession({ ...wired, store: sessions });
  const deliverTokens = makeDeliverTokens(wired);
  return {
    clients,
    startSession: makeStartSession({ ...wired, openSession, deferredSession }),
    redeemDeviceCode: makeRedeemDeviceCode({ ...wired, pollSession, deliverTokens, limiter: makePollLimiter(time) }),
    activation: makeActivateSession(wired),
    tick: makeTick({
      store: sessions,
      pollSession,
      clock: time,
      observe: ports.observe,
      onFailure(_session, error) {
        throw error;
      },
    }),
  };
}

/** KMS: every call is counted, nothing is encrypted. */
function makeCountingVault(counts: Counts, part: Part): Vault {
  const count = (): void => counts.add(part, 'kmsRequests');
  return {
    async encrypt(plaintext) {
      count();
      return plaintext.reveal();
    },
    async decrypt(ciphertext) {
      count();
      return makeSecret(ciphertext);
    },
  };
}
