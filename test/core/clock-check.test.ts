import { describe, expect, it } from 'vitest';
import { isClockWrong } from '../../lambda/core/clock-check.ts';

/** A call that took 20 ms, answered half a second into the service's second, by a clock that is off by so much. */
const call = (offByMs: number, ms = 20) => ({
  dateMs: 1_795_000_000_000,
  sentAtMs: 1_795_000_000_500 + offByMs,
  receivedAtMs: 1_795_000_000_500 + offByMs + ms,
});

describe('a clock, beside the Date of an answer', () => {
  it.each([0, 400, -400, 1_500, -1_500])('that is off by %i ms is let be', (offByMs) => {
    expect(isClockWrong(call(offByMs))).toBe(false);
  });

  it.each([4_000, -4_000, 120_000, -120_000])('that is off by %i ms is wrong', (offByMs) => {
    expect(isClockWrong(call(offByMs))).toBe(true);
  });

  it('is not blamed for a slow call, nor for a process that was frozen meanwhile', () => {
    expect(isClockWrong(call(0, 60_000))).toBe(false);
    expect(isClockWrong({ ...call(0), sentAtMs: call(0).sentAtMs - 600_000 })).toBe(false);
  });

  it('is not blamed by an answer without a Date', () => {
    expect(isClockWrong({ ...call(0), dateMs: Number.NaN })).toBe(false);
  });
});
