/** Requests of the device plane: what a device would send, with faults in it, and what no device would send. */
import fc from 'fast-check';
import { DEVICE_CODE_GRANT } from '../../lambda/http/device-routes.ts';
import { spelled } from '../../lambda/http/parameters.ts';
import { type Entries, formBody, type GoodMember, jsonBody, noBody, spoiled } from './bodies.ts';
import type { FuzzRequest } from './gateway.ts';
import { bodyHeaders, oddHeaders } from './headers.ts';
import type { KnownDevice, Population } from './population.ts';
import type { Target } from './targets.ts';
import { anyText, textFor } from './values.ts';

/** The cookie and the form's token have to be the same. */
const CSRF_TOKEN = 'C'.repeat(43);

/** Good values of what devices choose for themselves. */
const CHOSEN: Readonly<Record<string, readonly unknown[]>> = {
  clientName: ['kiosk-9', 'Empfang Süd'],
  clientType: ['public'],
  scopes: [['sso:account:access'], []],
  grantTypes: [[DEVICE_CODE_GRANT], ['refresh_token'], ['authorization_code']],
  redirectUris: [[], ['http://127.0.0.1/oauth/callback']],
  grantType: [DEVICE_CODE_GRANT, DEVICE_CODE_GRANT, 'refresh_token', 'authorization_code'],
  csrfToken: [CSRF_TOKEN],
  do: ['find', 'continue', 'not_mine'],
  tokenTypeHint: ['refresh_token'],
};

/** The requests of a target. */
export function deviceRequests(target: Target, population: Population): fc.Arbitrary<FuzzRequest> {
  const { pieces, devices } = population;
  const byDevice = devices.map((device) => {
    const members = target.members.map((name): GoodMember => [named(name, target), goodFor(name, device, population)]);
    const entries = spoiled(members, (name) => textFor(modelName(name), pieces));
    return fc.tuple(fc.constant(device), entries);
  });
  return fc
    .record({
      known: fc.oneof(...byDevice),
      raw: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: noBody }),
      method: fc.oneof(
        { weight: 30, arbitrary: fc.constant(target.method) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH') },
      ),
      path: pathsOf(target, population),
      query: fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: ODD_QUERIES }),
      headers: fc.tuple(bodyHeaders(target.dialect), credentialHeaders(target, population), oddHeaders(pieces)),
      base64: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      sourceIp: fc.constantFrom('192.0.2.7', '198.51.100.9', '2001:db8::7'),
      connection: connectionsOf(population),
    })
    .map(({ known: [device, entries], raw, connection, headers, query, ...request }) => ({
      ...request,
      headers: headers.flat(),
      query: target.dialect === 'query' ? formBody(entries) : query,
      body: raw ?? bodyOf(target, entries),
      ...(connection ?? device.connection),
    }));
}

/** JSON in the AWS dialect and in RFC 7591; forms in RFC 6749 and on the page for people. */
function named(name: string, { dialect, route }: Target): string {
  return dialect === 'json' && route !== '/register' ? name : spelled(name, 'rfc');
}

const modelName = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function bodyOf({ dialect }: Target, entries: Entries): string {
  if (dialect === 'json') return jsonBody(entries);
  return dialect === 'form' ? formBody(entries) : '';
}

function goodFor(name: string, { members }: KnownDevice, { pieces, identities }: Population): fc.Arbitrary<unknown> {
  if (name === 'jwks') return fc.constantFrom<unknown>(undefined, ...identities.jwks);
  const own = members[name];
  if (own !== undefined) return fc.constant(own);
  const chosen = CHOSEN[name] ?? pieces[name];
  return chosen === undefined || chosen.length === 0 ? fc.constant(undefined) : fc.constantFrom<unknown>(...chosen);
}

/** Mostly the device's own connection (undefined), sometimes another's. */
function connectionsOf({
  identities,
}: Population): fc.Arbitrary<Pick<FuzzRequest, 'signer' | 'certificate'> | undefined> {
  const other = fc.record({
    signer: fc.constantFrom(...identities.signers),
    certificate: fc.constantFrom(...identities.certificates),
  });
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: other });
}

const ODD_QUERIES = fc.oneof(
  fc.constantFrom('aws_iam=t', 'aws_iam=t&aws_iam=f', 'a=1&a=2', '%', '__proto__=1', 'user_code=BCDF-GHJK', '='),
  fc.webQueryParameters(),
);

/** The path as it is, below an enrollment key, and as careless or hostile clients join it. */
function pathsOf({ route, members }: Target, { pieces }: Population): fc.Arbitrary<string> {
  const key = textFor('enrollmentKey', pieces).map(encodedLoosely);
  const plain = fc.constant(route);
  const keyed = key.map((text) => `/e/${text}${route}`);
  const isRegistration = members.includes('clientName');
  return fc.oneof(
    { weight: isRegistration ? 4 : 16, arbitrary: plain },
    { weight: isRegistration ? 14 : 3, arbitrary: keyed },
    { weight: 2, arbitrary: fc.constantFrom(...TRICKS.map((trick) => trick(route))) },
    { weight: 1, arbitrary: anyText.map((text) => `${route}/${encodedLoosely(text)}`) },
  );
}

const TRICKS: readonly ((route: string) => string)[] = [
  (route) => `/${route}`,
  (route) => `${route}/`,
  (route) => `///${route}//`,
  (route) => route.replaceAll('/', '%2f'),
  (route) => `/x/..${route}`,
  (route) => `/%2e%2e${route}`,
  (route) => route.toUpperCase(),
  (route) => `${route};a=b`,
  (route) => `${route}%00`,
  (route) => `/e${route}`,
  (route) => `/e/${route}`,
  (route) => `/e/__proto__${route}`,
  (route) => `/e/a/e/b${route}`,
  (route) => `/e/%2f%2f${route}`,
  (route) => `/e/..%2f..${route}`,
  (route) => `/e/${'k'.repeat(6_000)}${route}`,
  (route) => `/e/\u{1f9e8}${route}`,
  () => '/',
  () => '/e',
  () => '/e/',
];

/** Percent-encoded where a request line could not hold it otherwise; slashes, dots and percent signs stand as they are. */
const encodedLoosely = (text: string): string =>
  text.toWellFormed().replace(/[^!-~]|[?#]/gu, (character) => encodeURIComponent(character));

/** What goes into the Authorization header, and the page's cookie. */
function credentialHeaders({ route, members }: Target, { pieces, devices }: Population) {
  const none = fc.constant<[string, string][]>([]);
  const bearer = textFor('enrollmentKey', pieces).map((key): [string, string][] => [
    ['Authorization', `Bearer ${key}`],
  ]);
  if (route === '/credentials') {
    const handle = textFor('handle', pieces);
    return fc
      .tuple(handle, fc.constantFrom('', 'Bearer ', 'bearer', 'Basic '))
      .map(([text, scheme]): [string, string][] => [['Authorization', `${scheme}${text}`]]);
  }
  if (route === '/activate') {
    const cookie = fc.oneof({ weight: 5, arbitrary: fc.constant(CSRF_TOKEN) }, { weight: 1, arbitrary: anyText });
    return cookie.map((token): [string, string][] => [['Cookie', `a=b; ftb_activation=${token}`]]);
  }
  if (members.includes('clientName')) return fc.oneof(none, bearer);
  const basic = fc.constantFrom(...devices).map(({ members: own }): [string, string][] => {
    const pair = [own.clientId, own.clientSecret].map((half) => encodeURIComponent(half ?? '')).join(':');
    return [['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]];
  });
  const odd = anyText.map((text): [string, string][] => [['authorization', `Basic ${text}`]]);
  return fc.oneof({ weight: 6, arbitrary: none }, { weight: 2, arbitrary: basic }, { weight: 1, arbitrary: odd });
}
