import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opaqueText } from '../../lambda/core/opaque-text.ts';
import { refreshHandleOf } from '../../lambda/core/sealing.ts';

describe('text that people and programs pass on', () => {
  it('never begins with a dash, which a command line takes for an option', () => {
    expect(opaqueText(Uint8Array.of(0xff, 0xff, 0xff))).toBe('f___');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        expect(opaqueText(bytes)).toMatch(/^[A-Za-f][\w-]*$/);
      }),
    );
  });

  it('keeps everything but the first bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const expected = Uint8Array.from(bytes);
        expected[0] = (expected[0] as number) & 0x7f;
        expect(new Uint8Array(Buffer.from(opaqueText(bytes), 'base64url'))).toEqual(expected);
      }),
    );
  });

  it('is what a refresh handle is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        expect(refreshHandleOf(Buffer.from(bytes).toString('base64url'))).toMatch(/^[A-Za-f]/);
      }),
    );
  });
});
