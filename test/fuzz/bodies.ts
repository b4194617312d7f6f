/** Bodies in both dialects: members in any order, repeated, unknown, misspelled; and what is no body at all. */
import fc from 'fast-check';
import { anyJson, anyText } from './values.ts';

/** Members as they are written down, repeated ones too. */
export type Entries = readonly (readonly [name: string, value: unknown])[];

/** Names that no route has, and some that JavaScript has. */
const FOREIGN_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'scope',
  'x',
  '',
  'ключ',
  'client-id',
];

/** A member and its good values. */
export type GoodMember = readonly [name: string, good: fc.Arbitrary<unknown>];

/** Members, some of them spoiled: left out, repeated, of another value or type; and now and then some that nobody knows. */
export function spoiled(
  members: readonly GoodMember[],
  valueFor: (name: string) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Entries> {
  const kept = members.map(([name, good]) => {
    const one = (value: unknown): Entries => [[name, value]];
    return fc.oneof(
      { weight: 40, arbitrary: good.map(one) },
      { weight: 3, arbitrary: valueFor(name).map(one) },
      { weight: 1, arbitrary: anyJson.map(one) },
      { weight: 1, arbitrary: fc.constant<Entries>([]) },
      { weight: 1, arbitrary: fc.tuple(good, valueFor(name)).map((values) => values.flatMap(one)) },
    );
  });
  const foreign = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...FOREIGN_NAMES), anyText), anyJson), { maxLength: 2 });
  const others = fc.oneof({ weight: 5, arbitrary: fc.constant<Entries>([]) }, { weight: 1, arbitrary: foreign });
  return fc.tuple(fc.tuple(...kept), others).map(([own, more]) => [...own.flat(), ...more]);
}

/** Without those that are left out. */
const present = (entries: Entries): Entries => entries.filter(([, value]) => value !== undefined);

/** A JSON object, with every entry, repeated ones and `__proto__` too. */
export function jsonBody(entries: Entries): string {
  const members = present(entries).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`);
  return `{${members.join(',')}}`;
}

/** Form parameters, with every entry. */
export function formBody(entries: Entries): string {
  const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  return new URLSearchParams(
    present(entries).map(([name, value]) => [name, text(value)] as [string, string]),
  ).toString();
}

const DEEP = 8_000;

/** Bodies that are none: raw bytes, nesting without end, broken text, too much. */
export const noBody: fc.Arbitrary<string> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
  fc.json(),
  anyText,
  fc.constantFrom(
    '[]',
    'null',
    '"text"',
    '{',
    '{"a":}',
    '\ufeff{}',
    '{"clientId":"\\ud800"}',
    '{"a":1e99999}',
    '['.repeat(DEEP),
    `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
    `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
    `{"clientId":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    `{"__proto__":{"clientId":"a"},"constructor":{"prototype":{}}}`,
    '&&&===&=&',
    'a=%&b=%E0%A4&c=%zz',
    `${'a=1&'.repeat(5_000)}`,
    'x'.repeat(70_000),
    '"'.repeat(140_000),
  ),
);
