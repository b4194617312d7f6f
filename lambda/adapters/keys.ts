import type { Phase } from '../core/session.ts';

/** The table's keys, all in one place: what an item is called and which index partition lists it. */

/** Partitions that one list spreads over, so that a busy fleet does not write to one of them alone. */
export const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export const sessionKey = (sessionId: string): string => `SESSION#${sessionId}`;
export const clientKey = (clientId: string): string => `CLIENT#${clientId}`;
export const grantKey = (grantId: string): string => `GRANT#${grantId}`;
export const enrollmentKeyKey = (enrollmentKeyId: string): string => `ENROLLMENT#${enrollmentKeyId}`;
export const userCodeKey = (userCodeHash: string): string => `USERCODE#${userCodeHash}`;
export const wrongCodesKey = (window: string): string => `WRONGCODES#${window}`;
export const assertionKey = (assertionId: string): string => `ASSERTION#${assertionId}`;
export const paceKey = (clientAndSecond: string): string => `PACE#${clientAndSecond}`;
export const registrationKey = (nameOrRef: string): string => `REGISTRATION#${nameOrRef}`;

const shardOf = (id: string): number => (Buffer.from(id, 'base64url')[0] ?? 0) % SHARDS.length;

/** Partition of index `byPhase`. */
export const phaseShard = (phase: Phase, shard: number): string => `${phase}#${shard}`;
export const phaseShardOf = (phase: Phase, sessionId: string): string => phaseShard(phase, shardOf(sessionId));

/** Partition of index `byKind` for clients; all enrollment keys share one, they are few. */
export const clientKind = (shard: number): string => `client#${shard}`;
export const clientKindOf = (clientId: string): string => clientKind(shardOf(clientId));
export const ENROLLMENT_KEY_KIND = 'enrollment-key';

/** The order of everything that operators list: by time, then by id, so that no two are equal. */
export function createdOrderOf(createdAtMs: number, id: string): string {
  return `${String(createdAtMs).padStart(13, '0')}#${id}`;
}

/** An item without the table's own attributes. */
export function withoutKeys(item: Record<string, unknown>): Record<string, unknown> {
  const { pk: _pk, phaseShard: _phaseShard, kind: _kind, createdOrder: _createdOrder, ...rest } = item;
  return rest;
}
