import type { Table } from '../../lambda/adapters/table.ts';
import { isClockWrong } from '../../lambda/core/clock-check.ts';
import type { BrokerEvent } from '../../lambda/core/events.ts';
import type { Clock } from '../../lambda/core/ports.ts';
import type { Vault } from '../../lambda/core/registration.ts';
import type { Settings } from '../../lambda/core/settings.ts';
import type { Upstream } from '../../lambda/core/upstream.ts';
import { makeFakeVault } from '../support/fake-vault.ts';
import type { Dice } from './dice.ts';
import type { FaultPlan } from './fault-plan.ts';
import { TableTrouble } from './faulty-table.ts';
import type { SimulatedIdentityCenter } from './identity-center.ts';
import type { VirtualTime } from './virtual-time.ts';
import { type WiredBroker, wireBrokerOver } from './wired-broker.ts';

/** What a call of a function came to. A killed one is abandoned wherever it was; nobody catches that. */
export type Invoked<T> =
  | { readonly outcome: 'answered'; readonly answer: T }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'killed' };

/** The environments of one function: one call each at a time, more of them when more calls come, as Lambda has it. */
export interface Functions {
  invoke<T>(work: (broker: WiredBroker) => Promise<T>): Promise<Invoked<T>>;
}

export interface FunctionsOptions {
  readonly settings: Settings;
  /** As the functions reach it: slow, and with its faults. */
  readonly table: Table;
  readonly upstream: Upstream;
  readonly identityCenter: SimulatedIdentityCenter;
  readonly faults: FaultPlan;
  readonly time: VirtualTime;
  readonly dice: Dice;
  /** Longer calls are ended, milliseconds. */
  readonly timeoutMs: number;
  readonly observe: (event: BrokerEvent) => void;
  /** Told where a call was killed that had an answer of upstream's in its hands. */
  readonly onKilledWithAnswer: (place: string) => void;
}

/** One call under way. */
interface Call {
  /** Steps so far: each begin and end of something that the function waits for. */
  steps: number;
  /** The step at which it is killed. */
  diesAtStep: number;
  /** Upstream device codes whose token set it has received. */
  readonly received: string[];
  /** Those that told it to slow down. */
  readonly slowedDown: string[];
  /** Whether the table failed it for good. */
  troubled: boolean;
  readonly die: () => void;
}

interface Environment {
  broker?: WiredBroker;
  call?: Call;
  dead: boolean;
}

const MOST_SKEW_MS = 120_000;
/** Less is let be: the broker looks for clocks that are off by seconds. */
const LEAST_SKEW_MS = 4_000;
/** Steps within which a kill comes, from the beginning or from upstream's answer on. */
const KILL_WITHIN_STEPS = 12;

/** One KMS key for all environments. */
const realVault = makeFakeVault();

/** Makes the environments of a function. */
export function makeFunctions(options: FunctionsOptions): Functions {
  const { settings, table, upstream, identityCenter, faults, time, dice, timeoutMs } = options;
  const idle: Environment[] = [];

  /** Something that a function waits for: it may be killed before it begins, and after it is done. */
  function guard<T>(environment: Environment, place: string, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (isKilled(environment, `before ${place}`)) return;
      work().then(
        (answer) => {
          noteAnswer(environment, answer);
          if (!isKilled(environment, `after ${place}`)) resolve(answer);
        },
        (error: unknown) => {
          if (environment.call !== undefined && error instanceof TableTrouble) environment.call.troubled = true;
          if (!environment.dead) reject(error);
        },
      );
    });
  }

  function isKilled(environment: Environment, place: string): boolean {
    const { call } = environment;
    if (environment.dead || call === undefined) return true;
    call.steps += 1;
    if (call.steps !== call.diesAtStep) return false;
    if (call.received.length > 0) options.onKilledWithAnswer(place);
    call.die();
    return true;
  }

  function noteAnswer({ call }: Environment, answer: unknown): void {
    const isTokens = (answer as { kind?: string } | undefined)?.kind === 'tokens';
    if (call === undefined || !isTokens || !faults.strikes('function killed after upstream answered')) return;
    call.diesAtStep = call.steps + 1 + Math.floor(dice.next() * KILL_WITHIN_STEPS);
  }

  /** As lambda/adapters/clock-watch.ts has it: an environment ends at the answer that shows its clock to be wrong. */
  async function watched<T>({ call }: Environment, clock: Clock, work: () => Promise<T>): Promise<T> {
    const sentAtMs = clock.nowMs();
    const answer = await work();
    const dateMs = Math.floor(time.nowMs() / 1000) * 1000;
    if (isClockWrong({ sentAtMs, receivedAtMs: clock.nowMs(), dateMs })) call?.die();
    return answer;
  }

  function guardedTable(environment: Environment, clock: Clock): Table {
    const pass = <T>(place: string, work: () => Promise<T>): Promise<T> =>
      guard(environment, place, () => watched(environment, clock, work));
    const kindOf = (pk: string): string => pk.slice(0, pk.indexOf('#'));
    return {
      get: (pk) => pass(`get ${kindOf(pk)}`, () => table.get(pk)),
      batchGet: (pks) => pass('batchGet', () => table.batchGet(pks)),
      putNew: (item) => pass(`put ${kindOf(item.pk)}`, () => table.putNew(item)),
      update: (pk, change) => {
        const what = change.set?.phase ?? Object.keys(change.set ?? {})[0] ?? '';
        return pass(`update ${kindOf(pk)} ${String(what)}`, () => table.update(pk, change));
      },
      queryIndex: (query) => pass('query', () => table.queryIndex(query)),
    };
  }

  function guardedUpstream(environment: Environment): Upstream {
    return {
      registerClient: (target) => guard(environment, 'registerClient', () => upstream.registerClient(target)),
      startDeviceAuthorization: (...call) =>
        guard(environment, 'startDeviceAuthorization', () => upstream.startDeviceAuthorization(...call)),
      createToken: (target, client, grant) =>
        guard(environment, 'createToken', async () => {
          const answer = await upstream.createToken(target, client, grant);
          if ('deviceCode' in grant && answer.kind === 'tokens') environment.call?.received.push(grant.deviceCode);
          if ('deviceCode' in grant && answer.kind === 'slow_down') environment.call?.slowedDown.push(grant.deviceCode);
          return answer;
        }),
    };
  }

  function guardedVault(environment: Environment): Vault {
    const pass = <T>(work: () => Promise<T>): Promise<T> =>
      guard(environment, 'KMS', async () => {
        await time.sleep(dice.between(3, 12));
        if (faults.isDown('KMS down', time.nowMs()))
          throw Object.assign(new Error('down'), { name: 'KMSInternalException' });
        return work();
      });
    return {
      encrypt: (plaintext, context) => pass(() => realVault.encrypt(plaintext, context)),
      decrypt: (ciphertext, context) => pass(() => realVault.decrypt(ciphertext, context)),
    };
  }

  function newEnvironment(): Environment {
    const environment: Environment = { dead: false };
    const skewMs = faults.strikes('clock skew')
      ? dice.between(LEAST_SKEW_MS, MOST_SKEW_MS) * (dice.next() < 0.5 ? -1 : 1)
      : 0;
    const clock = { nowMs: () => Math.round(time.nowMs() + skewMs) };
    environment.broker = wireBrokerOver({
      settings,
      table: guardedTable(environment, clock),
      upstream: guardedUpstream(environment),
      vault: guardedVault(environment),
      clock,
      sleep: (milliseconds) => guard(environment, 'sleep', () => time.sleep(milliseconds)),
      randomBytes: dice.bytes,
      observe: options.observe,
    });
    return environment;
  }

  /** What a call that is gone, or that the table failed, could not write down is not held against the broker. */
  function excuse({ received, slowedDown, troubled }: Call, killed: boolean): void {
    for (const code of killed ? received : [])
      (identityCenter.codes.get(code) ?? { holderKilled: true }).holderKilled = true;
    for (const code of killed || troubled ? slowedDown : []) {
      const known = identityCenter.codes.get(code);
      if (known !== undefined) known.slowDowns -= 1;
    }
  }

  return {
    invoke<T>(work: (broker: WiredBroker) => Promise<T>): Promise<Invoked<T>> {
      const environment = idle.pop() ?? newEnvironment();
      return new Promise((resolve) => {
        const diesAtStep = faults.strikes('function killed') ? 1 + Math.floor(dice.next() * KILL_WITHIN_STEPS) : 0;
        const call: Call = { steps: 0, diesAtStep, received: [], slowedDown: [], troubled: false, die };
        environment.call = call;
        time.at(time.nowMs() + timeoutMs, () => environment.call === call && die());

        function die(): void {
          environment.dead = true;
          excuse(call, true);
          resolve({ outcome: 'killed' });
        }

        function finish(invoked: Invoked<T>): void {
          if (environment.dead) return;
          excuse(call, false);
          delete environment.call;
          idle.push(environment);
          resolve(invoked);
        }

        work(environment.broker as WiredBroker).then(
          (answer) => finish({ outcome: 'answered', answer }),
          (error: unknown) => finish({ outcome: 'failed', error }),
        );
      });
    },
  };
}
