/** Requests of the ops API, made of the schemas that its input is checked with. */
import fc from 'fast-check';
import * as z from 'zod/mini';
import { DETAILS } from '../../lambda/http/ops-details.ts';
import type { OperationId } from '../../lambda/http/ops-operations.ts';
import { type Entries, formBody, type GoodMember, jsonBody, noBody, spoiled } from './bodies.ts';
import type { FuzzRequest } from './gateway.ts';
import { bodyHeaders, oddHeaders } from './headers.ts';
import type { Pieces, Population } from './population.ts';
import { type JsonSchema, valuesOf } from './schema-values.ts';
import type { Target } from './targets.ts';
import { anyText, textFor } from './values.ts';

/** Members whose good values are not of the schema's making: they name something that is there. */
const NAMING: Readonly<Record<string, string>> = {
  fleet: 'fleet',
  client: 'clientId',
  cursor: 'cursor',
  since: 'since',
};

/** The requests of an operation. */
export function opsRequests(
  { dialect, method, route, operation }: Target,
  { pieces }: Population,
): fc.Arbitrary<FuzzRequest> {
  const { query, body } = schemasOf(operation as OperationId);
  const none = fc.constant<Entries>([]);
  const good = (schema: JsonSchema | undefined) =>
    schema === undefined ? none : spoiled(membersOf(schema, pieces), (name) => textFor(NAMING[name] ?? name, pieces));
  return fc
    .record({
      method: fc.oneof(
        { weight: 40, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE') },
      ),
      path: pathsOf(route, pieces),
      query: fc.tuple(
        good(query),
        fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: ODD_QUERIES }),
      ),
      body: fc.oneof({ weight: 6, arbitrary: good(body).map(jsonBody) }, { weight: 1, arbitrary: noBody }),
      headers: fc.tuple(bodyHeaders(dialect), oddHeaders(pieces)),
      base64: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      signer: fc.constantFrom('arn:aws:iam::000000000000:user/operator', 'arn:aws:iam::000000000000:root'),
    })
    .map(({ query: [entries, odd], headers, ...request }) => ({
      ...request,
      query: [formBody(entries), odd].filter(Boolean).join('&'),
      headers: headers.flat(),
      sourceIp: '198.51.100.9',
      certificate: undefined,
    }));
}

function schemasOf(operation: OperationId): { query?: JsonSchema | undefined; body?: JsonSchema | undefined } {
  const { query, body } = DETAILS[operation];
  const asJson = (schema: z.ZodMiniType | undefined): JsonSchema | undefined =>
    schema && (z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
  return { query: asJson(query), body: asJson(body?.schema) };
}

function membersOf({ properties = {} }: JsonSchema, pieces: Pieces): GoodMember[] {
  return Object.entries(properties).map(([name, schema]) => {
    const there = pieces[NAMING[name] ?? ''];
    const good = there === undefined ? valuesOf(schema) : fc.constantFrom<unknown>(...there, undefined);
    return [name, fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: fc.constant(undefined) })];
  });
}

const ODD_QUERIES = fc.oneof(
  fc.webQueryParameters(),
  fc.constantFrom('limit=1&limit=2', 'limit=%', '__proto__=1', 'cursor=', `cursor=${'A'.repeat(8_000)}`, '=&=&'),
  // A cursor that is well made, and not by the broker.
  fc.tuple(fc.nat({ max: 9_999_999_999_999 }), fc.stringMatching(/^[\w-]{1,20}$/)).map(([at, id]) => {
    const forged = `${String(at).padStart(13, '0')}#${id}.${'A'.repeat(16)}`;
    return `cursor=${Buffer.from(forged).toString('base64url')}`;
  }),
);

/** The route with an id in it that is there, that is not, or that is a path by itself. */
function pathsOf(route: string, pieces: Pieces): fc.Arbitrary<string> {
  const name = /\{(\w+)\}/.exec(route)?.[1];
  const tricks = fc.constantFrom(`/${route}`, `${route}/`, `${route}/x`, `/e/x${route}`, route.toUpperCase());
  const plain =
    name === undefined
      ? fc.constant(route)
      : fc
          .oneof(
            { weight: 12, arbitrary: textFor(name, pieces).map((id) => encodeURIComponent(id.toWellFormed())) },
            { weight: 1, arbitrary: fc.constantFrom(...ID_TRICKS) },
            { weight: 1, arbitrary: anyText.map((text) => text.toWellFormed().replace(/[/?#\s]/g, '')) },
          )
          .map((id) => route.replace(/\{\w+\}/, () => id));
  return fc.oneof({ weight: 25, arbitrary: plain }, { weight: 1, arbitrary: tricks });
}

const ID_TRICKS = [
  '%2f',
  '%2F%2F',
  '..%2f..',
  '..',
  '%2e%2e',
  '%00',
  '%E0%A4',
  '%zz',
  'a%2fcancel',
  'a%2frevoke',
  '%3Fcursor=1',
  '%23',
  '__proto__',
  'x'.repeat(7_000),
  '%F0%9F%A7%A8',
];
