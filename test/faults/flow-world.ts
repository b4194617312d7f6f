import type { BrokerEvent } from '../../lambda/core/events.ts';
import type { Dice } from './dice.ts';
import type { FaultPlan } from './fault-plan.ts';
import { faultyTable } from './faulty-table.ts';
import { faultyUpstream } from './faulty-upstream.ts';
import { type Functions, makeFunctions } from './functions.ts';
import { makeSimulatedIdentityCenter, SECRET_MARK, type SimulatedIdentityCenter } from './identity-center.ts';
import type { Ledger } from './ledger.ts';
import { type MemoryTable, makeMemoryTable, type TableChange } from './memory-table.ts';
import { type Mutant, mutated } from './mutants.ts';
import { type SimulatedStateMachine, simulateStateMachine } from './state-machine.ts';
import { feedStateMachine } from './stream-feed.ts';
import { deployedApp, timeoutMsOf } from './template.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { SecretWatch } from './watch-sinks.ts';
import { watchPoll, watchTable } from './watch-table.ts';
import { leastIntervalSeconds, SETTINGS } from './world-settings.ts';

export interface FlowWorldOptions {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: FaultPlan;
  readonly ledger: Ledger;
  readonly secrets: SecretWatch;
  readonly mutant: Mutant | undefined;
}

/** A deployed broker on virtual time: table, stream, functions, state machine, Identity Center, and faults between them. */
export interface FlowWorld {
  readonly table: MemoryTable;
  readonly identityCenter: SimulatedIdentityCenter;
  readonly machine: SimulatedStateMachine;
  readonly api: Functions;
  readonly ops: Functions;
  close(): void;
}

/** Makes the world; whatever happens in it is watched. */
export function makeFlowWorld(options: FlowWorldOptions): FlowWorld {
  const { time, ledger, secrets, faults } = options;
  const { table, identityCenter, onChange } = watchedTable(options);
  const functionsFor = functionMaker(options, table, identityCenter);

  const machine = simulateStateMachine({
    definition: deployedApp().stateMachine.definition,
    time,
    onInput: (input) => secrets.see('the state machine', input),
    invoke: pollWith(functionsFor('poll'), ledger),
  });
  const mapping = deployedApp().streams.find(({ functionArn }) => functionArn.includes('StartPolling'));
  if (mapping === undefined) throw new Error('the template has no mapping to start-polling');
  const functions = functionsFor('start-polling');
  const feed = feedStateMachine({ mapping, functions, machine, time, faults, ledger });
  onChange(feed.push);

  return {
    table,
    identityCenter,
    machine,
    api: functionsFor('device-api'),
    ops: functionsFor('ops-api'),
    close: () => void feed.close(),
  };
}

/** The table and Identity Center, and who of the two knows a session by which name. */
function watchedTable({ time, ledger }: FlowWorldOptions) {
  const sessionOf = new Map<string, { sessionId: string; fleet: string }>();
  let listener: (change: TableChange) => void = () => undefined;

  const identityCenter = makeSimulatedIdentityCenter(time, (code) => {
    const { sessionId, fleet } = sessionOf.get(code.deviceCode) ?? {};
    const intervalSeconds = leastIntervalSeconds(fleet, code.intervalSeconds);
    watchPoll(ledger, code, intervalSeconds + 5 * code.slowDowns, sessionId);
  });
  const watch = watchTable(ledger, identityCenter, SECRET_MARK);
  const table = makeMemoryTable((change) => {
    const { upstreamDeviceCode, sessionId = '', fleet = '' } = (change.now ?? {}) as Record<string, string>;
    if (upstreamDeviceCode !== undefined) sessionOf.set(upstreamDeviceCode, { sessionId, fleet });
    watch(change);
    listener(change);
  });

  return {
    table,
    identityCenter,
    onChange(listen: (change: TableChange) => void): void {
      listener = listen;
    },
  };
}

function functionMaker(options: FlowWorldOptions, table: MemoryTable, identityCenter: SimulatedIdentityCenter) {
  const { time, ledger, secrets, faults, dice, mutant } = options;
  const seenTable = mutant === undefined ? table : mutated(table, mutant);

  function observe(event: BrokerEvent): void {
    secrets.see('the log', event);
    if (event.event !== 'approval_lost') return;
    if (event.reason === 'the tokens could not be stored') ledger.notStored.add(event.sessionId);
  }

  return (name: string): Functions =>
    makeFunctions({
      settings: SETTINGS,
      table: faultyTable(seenTable, faults, time, dice.fork(`${name} table`)),
      upstream: faultyUpstream(identityCenter, faults, time, dice.fork(`${name} upstream`)),
      identityCenter,
      faults,
      time,
      dice: dice.fork(name),
      timeoutMs: timeoutMsOf(`broker-${name}`),
      observe,
      onKilledWithAnswer: (place) => void ledger.killedAt.set(place, (ledger.killedAt.get(place) ?? 0) + 1),
    });
}

/** The machine's task: one tick. Errors have the names that Step Functions gives them. */
function pollWith(functions: Functions, ledger: Ledger) {
  return async (payload: Record<string, unknown>): Promise<unknown> => {
    ledger.tally['loop ticks'] += 1;
    const invoked = await functions.invoke((broker) => broker.tick(payload as never));
    if (invoked.outcome === 'answered') return invoked.answer;
    const name = invoked.outcome === 'killed' ? 'Lambda.Unknown' : (invoked.error as Error).name;
    throw Object.assign(new Error('the tick failed'), { name });
  };
}
