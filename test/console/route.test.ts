import { describe, expect, it } from 'vitest';
import { href, parseRoute } from '../../console/page/route.ts';

describe('the place in the address', () => {
  it('is the overview when it names none', () => {
    expect(parseRoute('')).toEqual({ path: ['overview'], params: {} });
    expect(parseRoute('#/')).toEqual({ path: ['overview'], params: {} });
  });

  it('comes back as it was written, whatever is in it', () => {
    const params = { q: 'a b&c=d?e#f', since: '2026-11-21T06:00:00.000Z', fleet: 'köln' };

    expect(parseRoute(href(['sessions', 'a/b c'], params))).toEqual({ path: ['sessions', 'a/b c'], params });
  });

  it('has no room for parameters without a value', () => {
    expect(href(['sessions'], { phase: '', fleet: undefined, q: 'x' })).toBe('#/sessions?q=x');
  });

  it('takes a broken escape as it is written', () => {
    expect(parseRoute('#/sessions/%zz')).toEqual({ path: ['sessions', '%zz'], params: {} });
  });
});
