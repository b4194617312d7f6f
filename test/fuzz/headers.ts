/** Headers as no client sends them. */
import fc from 'fast-check';
import type { Pieces } from './population.ts';
import type { FuzzDialect } from './targets.ts';
import { anyText, textFor } from './values.ts';

type Headers = [name: string, value: string][];

const RIGHT_TYPE: Readonly<Record<FuzzDialect, string | undefined>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  query: undefined,
  none: undefined,
};

/** The Content-Type of a dialect, none, or another one. */
export function bodyHeaders(dialect: FuzzDialect): fc.Arbitrary<Headers> {
  const right = RIGHT_TYPE[dialect];
  const typed = (type: string): Headers => [['Content-Type', type]];
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant<Headers>(right === undefined ? [] : typed(right)) },
    { weight: 1, arbitrary: fc.constant<Headers>([]) },
    { weight: 2, arbitrary: fc.constantFrom(...ODD_TYPES).map(typed) },
    { weight: 1, arbitrary: anyText.map(typed) },
  );
}

const ODD_TYPES = [
  'application/json; charset=utf-16',
  'APPLICATION/X-WWW-FORM-URLENCODED;charset=iso-8859-1',
  '  application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/x-amz-json-1.1',
  'text/plain',
  'application/jsonp',
  ',',
] as const;

const ODD_NAMES = [
  'X-Forwarded-Proto',
  'X-Forwarded-For',
  'x-amzn-RequestId',
  'traceparent',
  'If-None-Match',
  'Sec-Fetch-Site',
  'Cookie',
  'Host',
  'Content-Length',
  'Authorization',
  'authorization',
  'Transfer-Encoding',
  '__proto__',
  'constructor',
  '',
] as const;

/** Mostly none; else headers that decide something somewhere, with values that are good elsewhere. */
export function oddHeaders(pieces: Pieces): fc.Arbitrary<Headers> {
  const value = fc.oneof(
    textFor('deviceCode', pieces),
    anyText,
    fc.constantFrom('http', 'cross-site', 'same-origin', '*', 'W/"x"', ', '.repeat(4_000), '; ;'.repeat(3_000)),
  );
  const odd = fc.array(fc.tuple(fc.constantFrom(...ODD_NAMES), value), { minLength: 1, maxLength: 4 });
  return fc.oneof({ weight: 7, arbitrary: fc.constant<Headers>([]) }, { weight: 1, arbitrary: odd });
}
