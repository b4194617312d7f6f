/** Values of one member: a good one, one that was good elsewhere, a good one with a fault in it, and whatever there is. */
import fc from 'fast-check';
import type { Pieces } from './population.ts';

/** Text that programs have tripped over. */
const TROUBLE = [
  '',
  ' ',
  '\0',
  '\r\nSet-Cookie: a=b',
  '__proto__',
  'constructor',
  'toString',
  '../..',
  '%2f..%2f',
  '%',
  '%00',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' OR 1=1 --",
  '#{7*7}',
  '\ud800',
  'é\u0301\u202e\u2028',
  '🧨'.repeat(70),
  'null',
  '1e999',
  '-0',
  '9007199254740993',
  '0000-00-00T00:00:00Z',
  '+002026-11-21T07:00:00Z',
  'a'.repeat(3_000),
  '.'.repeat(500),
  '='.repeat(300),
  'A'.repeat(86),
] as const;

/** Any text: arbitrary, or known trouble. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TROUBLE) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 60 }) },
);

/** A good value with one fault in it. */
function damaged(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(good, fc.nat(), fc.constantFrom('cut', 'change', 'longer', 'case', 'space', 'twice', 'zero'))
    .map(([text, nat, fault]) => {
      const place = text.length === 0 ? 0 : nat % text.length;
      switch (fault) {
        case 'cut':
          return text.slice(0, place);
        case 'change':
          return `${text.slice(0, place)}${text[place] === 'B' ? 'C' : 'B'}${text.slice(place + 1)}`;
        case 'longer':
          return `${text}A`;
        case 'case':
          return text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase();
        case 'space':
          return ` ${text}\n`;
        case 'twice':
          return text + text;
        default:
          return `${text.slice(0, place)}\0${text.slice(place)}`;
      }
    });
}

/** A text for a member: mostly one that is, or was, good for it. */
export function textFor(name: string, pieces: Pieces): fc.Arbitrary<string> {
  const own = pieces[name] ?? [];
  const all = Object.values(pieces).flat();
  const elsewhere = fc.nat().map((nat) => all[nat % all.length] ?? '');
  if (own.length === 0) return fc.oneof({ weight: 2, arbitrary: anyText }, { weight: 1, arbitrary: elsewhere });
  const good = fc.constantFrom(...own);
  return fc.oneof(
    { weight: 4, arbitrary: good },
    { weight: 3, arbitrary: damaged(good) },
    { weight: 1, arbitrary: elsewhere },
    { weight: 2, arbitrary: anyText },
  );
}

/** Any JSON value that is no text. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, [], {}, [[]], [null], { length: 1 }, { toString: 1 }),
  fc.jsonValue({ maxDepth: 3 }),
);
