/** What Identity Center saw, from its own journal: it outlives every kill, and an early poll leaves its mark in it for good. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../../local/identity-center/store.ts';

/** Takes the journal of a broker's data folder as a witness. */
export function identityCenterWitness(dataFolder: string) {
  const read = (): Change[] =>
    readFileSync(join(dataFolder, 'identity-center.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => JSON.parse(line) as Change[]);

  return {
    /** The intervals of all device codes in seconds: a poll that comes early makes one longer, for good (RFC 8628 §3.5). */
    intervals: (): Set<number> =>
      new Set(read().flatMap(({ table, record }) => (table === 'deviceCode' ? [record.intervalSeconds] : []))),

    /** How many token sets each approval gave. */
    tokenSets: (): number[] => {
      const changes = read();
      const approvals = new Set(changes.flatMap(({ table, record }) => (table === 'session' ? [record.id] : [])));
      const tokens = new Map(
        changes.flatMap(({ table, record }) =>
          table === 'accessToken' ? [[record.id, record.sessionId] as const] : [],
        ),
      );
      return [...approvals].map((id) => [...tokens.values()].filter((sessionId) => sessionId === id).length);
    },

    /** How many upstream registrations the broker has made. */
    registrations: (): number =>
      new Set(read().flatMap(({ table, record }) => (table === 'registration' ? [record.id] : []))).size,
  };
}

/** A poll of a device code at Identity Center, as `GET /calls` tells it. */
interface Calls {
  readonly early: number;
  readonly calls: readonly { readonly operation: string; readonly atEpochMs: number }[];
}

/** The calls since Identity Center's start. */
export async function identityCenterCalls(identityCenter: string): Promise<Calls> {
  return (await (await fetch(`${identityCenter}/calls`)).json()) as Calls;
}
