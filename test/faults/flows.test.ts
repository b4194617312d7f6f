import { beforeAll, describe, expect, it } from 'vitest';
import { FAULT_KINDS } from './fault-plan.ts';
import { FLOW_MUTANTS, type Mutant, SESSION_MUTANTS } from './mutants.ts';
import { type FlowRun, runFlows } from './run-flows.ts';

/** Long enough that every kind of fault strikes, short enough for every test run; `npm run test:faults` runs 10,000. */
const SEED = 20;
const DEVICES = 300;

describe(`${DEVICES} device flows under all faults (seed ${SEED})`, { timeout: 120_000 }, () => {
  let run: FlowRun;
  beforeAll(async () => {
    run = await runFlows({ seed: SEED, devices: DEVICES });
  }, 120_000);

  const violations = (prefix: string) => run.ledger.violations.filter(({ invariant }) => invariant.startsWith(prefix));

  it('no session is lost', () => expect(violations('sessions lost')).toEqual([]));

  it('no poll is early', () => expect(violations('1')).toEqual([]));

  it('no invariant is broken, no batch given up, no execution failed', () => expect(run.ledger.violations).toEqual([]));

  it('no device gets a second token set', () => {
    const sets = [...run.ledger.sessions.values()].map(({ tokenSets }) => tokenSets.size);
    expect(Math.max(...sets)).toBe(1);
  });

  it('most sign in, and some are denied, expire, and are wasted: the run is one of everything', () => {
    const { sessions, wasted } = run.ledger;
    const signedIn = [...sessions.values()].filter(({ tokenSets }) => tokenSets.size > 0);
    expect(sessions.size).toBeGreaterThanOrEqual(DEVICES);
    expect(signedIn.length / sessions.size).toBeGreaterThan(0.6);
    expect(new Set([...sessions.values()].map(({ end }) => end))).toContain('expired_token');
    expect(new Set(wasted.map(({ why }) => why)).size).toBeGreaterThan(1);
  });

  it.each(FAULT_KINDS.filter((kind) => kind !== 'KMS down'))('%s has happened', (kind) => {
    expect(run.faults.counts.get(kind)).toBeGreaterThan(0);
  });

  it('functions were killed between upstream’s answer and ours at several places', () =>
    expect(run.ledger.killedAt.size).toBeGreaterThan(3));
});

describe('a run', { timeout: 120_000 }, () => {
  it('is the same for the same seed', async () => {
    const [first, second] = [await runFlows({ seed: 7, devices: 40 }), await runFlows({ seed: 7, devices: 40 })];

    expect([...first.faults.counts]).toEqual([...second.faults.counts]);
    expect([...first.ledger.sessions]).toEqual([...second.ledger.sessions]);
    expect(first.ledger.tally).toEqual(second.ledger.tally);
  });

  it('without faults wastes nothing but what somebody ends on purpose', async () => {
    const { ledger } = await runFlows({ seed: 3, devices: 100, faults: [] });

    const onPurpose = 'the session was ended on purpose while the approval was on its way';
    expect(ledger.violations).toEqual([]);
    expect(ledger.wasted.filter(({ why }) => why !== onPurpose)).toEqual([]);
  });
});

describe('a run finds the bug when', { timeout: 120_000 }, () => {
  const mutants: readonly { mutant: Mutant; breaks: string }[] = [
    { mutant: FLOW_MUTANTS.early, breaks: '1: polls early' },
    { mutant: FLOW_MUTANTS.wholeItem, breaks: '2: a poll touches poll fields only' },
    { mutant: FLOW_MUTANTS.forgotten, breaks: 'sessions lost' },
    { mutant: SESSION_MUTANTS.claimPoll, breaks: '1: polls early' },
  ];

  it.each(mutants)('$mutant.name', async ({ mutant, breaks }) => {
    const { ledger } = await runFlows({ seed: SEED, devices: DEVICES, mutant });

    expect(new Set(ledger.violations.map(({ invariant }) => invariant))).toContain(breaks);
  });
});
