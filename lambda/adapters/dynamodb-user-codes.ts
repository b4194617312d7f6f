import { sha256 } from '../core/hashing.ts';
import { epochSeconds } from '../core/ports.ts';
import { MAX_WRONG_CODES, type UserCodes, WRONG_CODE_WINDOW_SECONDS } from '../core/user-code.ts';
import { userCodeKey, wrongCodesKey } from './keys.ts';
import { above, absent, atMost, below, either, type Table } from './table.ts';

/** User codes in the table, under their hash: a person's code is not to be read off a list of keys. */
export function makeDynamoDbUserCodes(table: Table): UserCodes {
  /** The counting window: an item for each, so that an old one needs no resetting. */
  const windowOf = (nowMs: number): number => Math.floor(epochSeconds(nowMs) / WRONG_CODE_WINDOW_SECONDS);
  const counterKey = (sourceIp: string, nowMs: number): string =>
    wrongCodesKey(`${sha256(sourceIp)}#${windowOf(nowMs)}`);

  return {
    async reserve(userCode, sessionId, expiresAt, nowMs) {
      const pk = userCodeKey(sha256(userCode));
      if (await table.putNew({ pk, sessionId, expiresAt })) return true;
      // The item of a dead session may still be there: the table deletes late.
      return (
        await table.update(pk, { set: { sessionId, expiresAt }, when: [atMost('expiresAt', epochSeconds(nowMs))] })
      ).done;
    },

    async find(userCode, nowMs) {
      const item = await table.get(userCodeKey(sha256(userCode)));
      return item !== undefined && (item.expiresAt as number) > epochSeconds(nowMs)
        ? (item.sessionId as string)
        : undefined;
    },

    async takeTry(sourceIp, nowMs) {
      const expiresAt = (windowOf(nowMs) + 2) * WRONG_CODE_WINDOW_SECONDS;
      const isLeft = either(absent('wrongCodes'), below('wrongCodes', MAX_WRONG_CODES));
      const taken = { set: { expiresAt }, add: { wrongCodes: 1 }, when: [isLeft] };
      return (await table.update(counterKey(sourceIp, nowMs), taken)).done;
    },

    async giveTryBack(sourceIp, nowMs) {
      const given = { add: { wrongCodes: -1 }, when: [above('wrongCodes', 0)] };
      await table.update(counterKey(sourceIp, nowMs), given);
    },
  };
}
