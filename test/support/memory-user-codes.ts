import { setImmediate as turn } from 'node:timers/promises';
import { epochSeconds } from '../../lambda/core/ports.ts';
import { MAX_WRONG_CODES, type UserCodes, WRONG_CODE_WINDOW_SECONDS } from '../../lambda/core/user-code.ts';

/** Makes user codes in memory. */
export function makeMemoryUserCodes(): UserCodes {
  const codes = new Map<string, { sessionId: string; expiresAt: number }>();
  const wrong = new Map<string, number>();
  const windowOf = (sourceIp: string, nowMs: number): string =>
    `${sourceIp} ${Math.floor(epochSeconds(nowMs) / WRONG_CODE_WINDOW_SECONDS)}`;
  const livingAt = (userCode: string, nowMs: number) => {
    const entry = codes.get(userCode);
    return entry !== undefined && entry.expiresAt > epochSeconds(nowMs) ? entry : undefined;
  };

  return {
    async reserve(userCode, sessionId, expiresAt, nowMs) {
      await turn();
      if (livingAt(userCode, nowMs) !== undefined) return false;
      codes.set(userCode, { sessionId, expiresAt });
      return true;
    },

    async find(userCode, nowMs) {
      await turn();
      return livingAt(userCode, nowMs)?.sessionId;
    },

    async takeTry(sourceIp, nowMs) {
      await turn();
      const taken = wrong.get(windowOf(sourceIp, nowMs)) ?? 0;
      if (taken >= MAX_WRONG_CODES) return false;
      wrong.set(windowOf(sourceIp, nowMs), taken + 1);
      return true;
    },

    async giveTryBack(sourceIp, nowMs) {
      await turn();
      const taken = wrong.get(windowOf(sourceIp, nowMs)) ?? 0;
      if (taken > 0) wrong.set(windowOf(sourceIp, nowMs), taken - 1);
    },
  };
}
