import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationSeconds } from '../../lib/duration.ts';

describe('a duration', () => {
  it.each([
    [300, 300],
    [0, 0],
    ['300s', 300],
    ['5m', 300],
    ['24h', 86_400],
    ['90d', 7_776_000],
    [' 5m ', 300],
  ])('reads %j as %i seconds', (written, seconds) => {
    expect(durationSeconds(written)).toBe(seconds);
  });

  it.each(['', '5', 'm', '5 m', '-5m', '1.5h', '5w', '5M', 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not guess what %j means',
    (written) => {
      expect(durationSeconds(written)).toBeUndefined();
    },
  );

  it('reads whole seconds back as they were written, with and without the unit', () => {
    fc.assert(
      fc.property(fc.nat(), (seconds) => {
        expect(durationSeconds(seconds)).toBe(seconds);
        if (seconds < 1e9) expect(durationSeconds(`${seconds}s`)).toBe(seconds);
      }),
    );
  });
});
