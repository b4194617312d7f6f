import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaksIn } from './leaks.ts';

const needle = { value: 'aoaAAAAA+secret/token:of=a?person', kind: 'access token' };

describe('the search for secrets', () => {
  it.each([
    ['as it is', needle.value, 'access token'],
    ['in a URL', encodeURIComponent(needle.value), 'access token in percent-encoding'],
    ['in hex', Buffer.from(needle.value).toString('hex'), 'access token in hex'],
  ])('finds one %s', (_form, text, found) => {
    expect(leaksIn(`{"level":"INFO","message":"${text}"}`, [needle])).toEqual([found]);
  });

  it('finds one in base64, whatever stands before and after it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom('base64', 'base64url'), (before, after, form) => {
        const text = Buffer.from(before + needle.value + after).toString(form as 'base64');

        expect(leaksIn(text, [needle])).toContain('access token in base64');
      }),
    );
  });

  it('finds none where none is', () => {
    expect(leaksIn(`{"message":"${needle.value.slice(1)}"}`, [needle])).toEqual([]);
  });
});
