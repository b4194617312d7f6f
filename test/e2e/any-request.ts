/** Arbitrary requests to every route of the deployed API: the routes are the template's, so that a new one is among them. */

import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { readAssembly } from '../../local/template.ts';
import type { Facts } from './bad-input-facts.ts';
import type { BadRequest } from './bad-request.ts';
import { SIGNED } from './operator.ts';

/** Names that some route takes: with them arbitrary values come further than with arbitrary names. */
const MEMBERS = [
  'clientId',
  'client_id',
  'clientSecret',
  'client_secret',
  'clientName',
  'deviceCode',
  'device_code',
  'fleet',
  'grantType',
  'grant_type',
  'maxUses',
  'reason',
  'refreshToken',
  'scopes',
  'startUrl',
  'token',
  'user_code',
];

const CONTENT_TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/x-amz-json-1.1',
  '',
];

/** Requests without any valid credential but a signature, so that none of them may change anything. */
export function anyRequest({ broker }: Facts): fc.Arbitrary<Omit<BadRequest, 'wrong' | 'refused'>> {
  const { api } = readAssembly(join(dirname(broker.brokerFilePath), 'cdk.out'), 'FleetTokenBroker');
  const segment = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40 }).map(encodeURIComponent),
    fc.constantFrom('nonsense', '%E0%A4', '%00', '..%2f'),
  );
  const path = fc
    .constantFrom(...api.routes)
    .chain(({ resourcePath }) =>
      segment.map((value) => resourcePath.replace(/\{[^}]+\}/g, value).replace(/\/\.{1,2}(?=\/|$)/g, '/dots')),
    );
  const query = fc.option(fc.webQueryParameters(), { nil: '' });
  const members = fc.dictionary(fc.constantFrom(...MEMBERS), fc.oneof(fc.string(), fc.jsonValue()), { maxKeys: 6 });
  const body = fc.oneof(
    members.map((it) => JSON.stringify(it)),
    members.map((it) =>
      new URLSearchParams(
        Object.entries(it).map(([k, v]) => [k, typeof v === 'string' ? v : JSON.stringify(v)]),
      ).toString(),
    ),
    fc.json(),
    fc.string(),
  );
  return fc
    .record({
      path,
      query,
      body,
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
      contentType: fc.constantFrom(...CONTENT_TYPES),
      signed: fc.boolean(),
    })
    .map((it) => ({
      path: it.query === '' ? it.path : `${it.path}?${it.query}`,
      method: it.method,
      headers: { ...(it.contentType === '' ? {} : { 'Content-Type': it.contentType }), ...(it.signed ? SIGNED : {}) },
      ...(it.method === 'GET' || it.method === 'HEAD' ? {} : { body: it.body }),
    }));
}
