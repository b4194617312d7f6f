import type { Change, Table } from '../../lambda/adapters/table.ts';

/** Known bugs, one at a time: a proof that the checks can fail. A mutant changes what an update does, or when it may. */
export interface Mutant {
  readonly name: string;
  /** @returns what is done instead, or undefined for an update that it leaves alone */
  readonly mutate: (pk: string, change: Change) => Change | undefined;
}

/** A table behind a mutant. */
export function mutated(table: Table, { mutate }: Mutant): Table {
  return { ...table, update: (pk, change) => table.update(pk, mutate(pk, change) ?? change) };
}

const always = (change: Change): Change => ({ ...change, when: [] });

const sets = (change: Change, attribute: string): boolean => change.set?.[attribute] !== undefined;

/** Makes a mutant that drops the conditions of the updates of a kind of item which set or add an attribute. */
function withoutCondition(name: string, kind: string, attribute: string, but?: string): Mutant {
  return {
    name,
    mutate: (pk, change) => {
      const isMeant = sets(change, attribute) || change.add?.[attribute] !== undefined;
      const isSpared = but !== undefined && sets(change, but);
      return pk.startsWith(kind) && isMeant && !isSpared ? always(change) : undefined;
    },
  };
}

/** Mutants of the session's conditions. */
export const SESSION_MUTANTS = {
  claimPoll: withoutCondition('a session is claimed whoever holds it', 'SESSION#', 'leaseUntilMs'),
  authorize: withoutCondition('tokens settle a session whatever became of it', 'SESSION#', 'sealedTokens'),
  claimTokens: withoutCondition('tokens are claimed whatever became of the session', 'SESSION#', 'claimedAtMs'),
  countDelivery: withoutCondition('deliveries are counted without a look', 'SESSION#', 'deliveries', 'claimedAtMs'),
  end: withoutCondition('an end is written over whatever is there', 'SESSION#', 'endedAtMs'),
} as const;

/** Mutants of what is kept beside the sessions. */
export const KEEPING_MUTANTS = {
  enrollment: withoutCondition('uses of an enrollment key are counted and not limited', 'ENROLLMENT#', 'uses'),
  registrationLease: withoutCondition(
    'the lease of a registration is free for everybody',
    'REGISTRATION#',
    'leaseUntilMs',
  ),
  grantLease: withoutCondition('the lease of a grant is free for everybody', 'GRANT#', 'leaseUntilMs', 'sealedCustody'),
  custody: withoutCondition('custody is stored whatever became of the grant', 'GRANT#', 'sealedCustody'),
} as const;

/** Mutants that no race shows, only a long run. */
export const FLOW_MUTANTS = {
  early: {
    name: 'the next poll is allowed two seconds early',
    mutate: (pk, { set = {}, ...change }) =>
      pk.startsWith('SESSION#') && sets({ set, when: [] }, 'failedPolls')
        ? { ...change, set: { ...set, nextPollAtMs: Number(set.nextPollAtMs) - 2_000 } }
        : undefined,
  },
  wholeItem: {
    name: 'a poll writes more than its own fields',
    mutate: (pk, { set = {}, ...change }) =>
      pk.startsWith('SESSION#') && sets({ set, when: [] }, 'failedPolls')
        ? { ...change, set: { ...set, clientName: 'kiosk' } }
        : undefined,
  },
  forgotten: {
    name: 'the tokens are not stored with the phase',
    mutate: (pk, { set = {}, ...change }) =>
      pk.startsWith('SESSION#') && sets({ set, when: [] }, 'sealedTokens')
        ? { ...change, set: { ...set, sealedTokens: undefined } }
        : undefined,
  },
} as const satisfies Record<string, Mutant>;
