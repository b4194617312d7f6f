import { describe, expect, it } from 'vitest';
import { countdown, counted, duration, relative, shortId } from '../../console/page/format.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('times as people read them', () => {
  it.each([
    [-5, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h'],
    [83_100, '23 h 5 min'],
    [172_800, '2 d'],
    [7_770_000, '89 d 22 h'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, '0:00'],
    [0.2, '0:01'],
    [61, '1:01'],
    [599, '9:59'],
    [3_600, '1 h'],
    [86_399, '23 h 59 min'],
  ])('counts %d seconds down as %s', (seconds, text) => {
    expect(countdown(seconds)).toBe(text);
  });

  it('tells the past from the future', () => {
    expect(relative('2026-11-21T11:57:00Z', NOW)).toBe('3 min ago');
    expect(relative('2026-11-21T14:00:00Z', NOW)).toBe('in 2 h');
    expect(relative('2026-11-21T12:00:02Z', NOW)).toBe('now');
  });

  it('counts one and many', () => {
    expect([counted(1, 'session'), counted(0, 'session'), counted(2, 'key')]).toEqual([
      '1 session',
      '0 sessions',
      '2 keys',
    ]);
  });

  it('shortens only ids that are long', () => {
    expect([shortId('abcdefghijklm'), shortId('abc')]).toEqual(['abcdefgh…', 'abc']);
  });
});
