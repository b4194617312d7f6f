import { makeOperate } from '../../lambda/core/operate.ts';
import { START_MS } from '../support/fake-clock.ts';
import { closeAccounts } from './accounts.ts';
import { liveAsDevice } from './devices.ts';
import { type Dice, makeDice } from './dice.ts';
import { FAULT_KINDS, type FaultKind, type FaultPlan, makeFaultPlan } from './fault-plan.ts';
import { type FlowWorld, makeFlowWorld } from './flow-world.ts';
import { SECRET_MARK } from './identity-center.ts';
import { type FlowSession, type Ledger, makeLedger } from './ledger.ts';
import type { Mutant } from './mutants.ts';
import { makePeople } from './people.ts';
import { makeVirtualTime, type VirtualTime } from './virtual-time.ts';
import { type SecretWatch, watchSinks } from './watch-sinks.ts';
import { storesOver } from './wired-broker.ts';
import { FLEET_ODDS, SETTINGS } from './world-settings.ts';

export interface FlowRunOptions {
  /** The same seed is the same run, to the event. */
  readonly seed: number;
  /** Devices that start, each with one session at least. */
  readonly devices: number;
  /** Which faults there are. @default FAULT_KINDS */
  readonly faults?: readonly FaultKind[];
  readonly mutant?: Mutant;
  /** Told now and again; epoch milliseconds of the virtual clock. */
  readonly onProgress?: (nowMs: number, ledger: Ledger) => void;
  /** Ends the run before its time. */
  readonly signal?: AbortSignal;
}

export interface FlowRun {
  readonly ledger: Ledger;
  readonly faults: FaultPlan;
  /** Executions of the state machine. */
  readonly executions: number;
  /** Virtual time that the run took, milliseconds. */
  readonly spanMs: number;
}

/** Devices that start in a minute, on average: what one fleet does on a busy morning. */
const STARTS_PER_MINUTE = 100;
/** Until when devices try, after the last start: a deferred session, three refreshes, and trouble. */
const AFTER_MS = 20_000_000;
/** Long enough for everything to end by itself. */
const REST_MS = 3_600_000;

/** Runs many device flows on a virtual clock, with faults, and keeps book of what must never happen. */
export async function runFlows(options: FlowRunOptions): Promise<FlowRun> {
  const { seed, devices } = options;
  const dice = makeDice(`seed ${seed}`);
  const time = makeVirtualTime(START_MS);
  const ledger = makeLedger(time.nowMs);
  const startsMs = (devices / STARTS_PER_MINUTE) * 60_000;
  const span = { fromMs: START_MS, untilMs: START_MS + startsMs };
  const faults = makeFaultPlan(dice.fork('faults'), options.faults ?? FAULT_KINDS, span);
  const secrets = watchSinks(ledger, SECRET_MARK);
  const world = makeFlowWorld({ time, dice, faults, ledger, secrets, mutant: options.mutant });

  const seeCode = makePeople({ ...world, time });
  const deviceWorld = {
    api: world.api,
    time,
    faults,
    ledger,
    secrets,
    enrollmentKeys: await makeEnrollmentKeys(world, time, dice, secrets),
    show: (session: FlowSession, own: Dice) => void seeCode(session, own),
    untilMs: span.untilMs + AFTER_MS,
  };
  for (let device = 0; device < devices; device += 1) {
    const own = dice.fork(`device ${device}`);
    const beginsAtMs = START_MS + own.between(0, startsMs);
    time.at(beginsAtMs, () => void liveAsDevice(deviceWorld, own.pick(FLEET_ODDS), own));
  }
  await time.run(deviceWorld.untilMs + REST_MS, (nowMs) => options.onProgress?.(nowMs, ledger), options.signal);
  if (options.signal?.aborted !== true) conclude(world, ledger, time);
  world.close();
  return { ledger, faults, executions: world.machine.started(), spanMs: time.nowMs() - START_MS };
}

function conclude({ machine, table }: FlowWorld, ledger: Ledger, time: VirtualTime): void {
  for (const failure of machine.failures) ledger.violate('an execution failed', failure);
  if (machine.running() > 0) ledger.violate('an execution does not end', String(machine.running()));
  closeAccounts(ledger, table, time.nowMs());
}

/** One key a fleet, made by an operator before anything goes wrong. */
async function makeEnrollmentKeys(
  { table }: FlowWorld,
  clock: VirtualTime,
  dice: Dice,
  secrets: SecretWatch,
): Promise<Record<string, string>> {
  const ports = { clock, randomBytes: dice.bytes, observe: () => undefined };
  const operate = makeOperate({ ...storesOver(table), ...ports });
  const keys: Record<string, string> = {};
  for (const fleet of Object.keys(SETTINGS.fleets)) {
    const { text } = await operate.createEnrollmentKey({ fleet });
    secrets.learn(text);
    keys[fleet] = text;
  }
  return keys;
}
