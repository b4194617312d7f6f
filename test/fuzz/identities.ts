/** How the devices of a run prove who they are: by secret, by a key of their own, by an IAM principal or by a certificate. */
import { CompactSign, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { JWT_BEARER } from '../../lambda/http/client-proof.ts';
import { type CertificateAuthority, makeCertificateAuthority } from '../auth/certificates.ts';

/** What a device shows: with its connection, and as metadata of its registration. */
export interface Identity {
  readonly connection: { readonly signer?: string | undefined; readonly certificate?: string | undefined };
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly privateKey?: CryptoKey;
}

/** Makes identities, and forgeries of them. */
export interface Identities {
  next(): Promise<Identity>;
  /** Members with an assertion that is good once. */
  freshAssertion(identity: Identity, clientId: string): Promise<Readonly<Record<string, string>>>;
  /** Assertions of a device, good ones and forged ones. */
  assertionsOf(identity: Identity, clientId: string): Promise<readonly string[]>;
  /** Principals that sign requests: the devices' own and others, odd ones too. */
  readonly signers: readonly (string | undefined)[];
  /** Certificates of connections, the devices' own and others, odd ones too. */
  readonly certificates: readonly (string | undefined)[];
  /** Public keys to register. */
  readonly jwks: readonly { readonly keys: readonly JWK[] }[];
}

const ISSUER = 'https://broker.example';

/** Makes the identities of a run. */
export async function makeIdentities(deviceAuth: DeviceAuth, nowMs: number): Promise<Identities> {
  const authority = deviceAuth === 'mtls' ? await makeCertificateAuthority('fuzz') : undefined;
  const signers: (string | undefined)[] = [undefined, ...ODD_PRINCIPALS];
  const certificates: (string | undefined)[] = authority === undefined ? [undefined] : await oddCertificates(authority);
  const jwks: { keys: JWK[] }[] = [];
  let count = 0;

  const claimsOf = (clientId: string, own: object = {}): object => {
    const now = Math.floor(nowMs / 1000);
    count += 1;
    return { iss: clientId, sub: clientId, aud: ISSUER, jti: `jti ${count}`, iat: now, exp: now + 200, ...own };
  };
  const sign = (claims: object, key: CryptoKey, header: object = {}): Promise<string> =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(key);

  async function next(): Promise<Identity> {
    count += 1;
    if (deviceAuth === 'iam') return { connection: { signer: noted(`${ROLE}/kiosk-${count}`, signers) }, metadata: {} };
    if (deviceAuth === 'mtls' && authority !== undefined) {
      const { certificate } = await authority.issue([`DNS:kiosk-${count}.example.com`]);
      return { connection: { certificate: noted(certificate, certificates) }, metadata: {} };
    }
    if (deviceAuth !== 'private_key_jwt') return { connection: {}, metadata: {} };
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const keys = { keys: [await exportJWK(publicKey)] };
    return { connection: {}, metadata: { jwks: noted(keys, jwks) }, privateKey };
  }

  return {
    next,
    signers,
    certificates,
    jwks,
    async freshAssertion({ privateKey }, clientId) {
      const clientAssertion = await sign(claimsOf(clientId), privateKey as CryptoKey);
      return { clientAssertionType: JWT_BEARER, clientAssertion };
    },
    async assertionsOf({ privateKey }, clientId) {
      if (privateKey === undefined) return [];
      const other = await generateKeyPair('EdDSA');
      const good = [{}, {}, {}].map((own) => sign(claimsOf(clientId, own), privateKey));
      const wrong = ODD_CLAIMS.map((own) => sign(claimsOf(clientId, own), privateKey));
      const forged = sign(claimsOf(clientId), other.privateKey, { kid: 'x' });
      const text = new CompactSign(Buffer.from('no JSON')).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);
      return [...(await Promise.all([...good, ...wrong, forged, text])), unsigned(claimsOf(clientId))];
    },
  };
}

function noted<T>(value: T, list: T[]): T {
  list.push(value);
  return value;
}

const ROLE = 'arn:aws:sts::000000000000:assumed-role/devices';

const ODD_PRINCIPALS = [
  '',
  'arn:aws:iam::000000000000:root',
  `${ROLE}/`,
  `${ROLE}/KIOSK-1`,
  `${ROLE}/${'x'.repeat(2_000)}`,
  '__proto__',
];

/** Claims that a signature does not make right. */
const ODD_CLAIMS: readonly object[] = [
  { exp: 1 },
  { exp: 1e300 },
  { exp: 'soon' },
  { exp: -0.5 },
  { nbf: 9e15 },
  { iat: {} },
  { aud: ['', null, 7, 'https://elsewhere.example'] },
  { aud: { length: 1 } },
  { jti: '' },
  { jti: 'x'.repeat(5_000) },
  { jti: ['a'] },
  { iss: 'somebody else' },
  { sub: null },
  { crit: ['exp'], b64: false },
];

/** `alg: none` (RFC 8725 §3.1): what a verifier must never take. */
function unsigned(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

async function oddCertificates(authority: CertificateAuthority): Promise<(string | undefined)[]> {
  const named: readonly (readonly string[])[] = [
    [],
    ['IP:192.0.2.7'],
    ['DNS:*.example.com'],
    ['DNS:a.example.com', 'DNS:b.example.com', 'URI:spiffe://fleet/c'],
    ['URI:spiffe://fleet/a, DNS:kiosk-1.example.com'],
    ['URI:https://example.com/"quoted"\\,DNS:x'],
    [`DNS:${'x.'.repeat(800)}com`],
  ];
  const issued = await Promise.all(named.map((names) => authority.issue(names)));
  const expired = await authority.issue(['DNS:late.example.com'], { notAfter: new Date(Date.now() - 60_000) });
  const pems = [...issued, expired].map(({ certificate }) => certificate);
  const [first = ''] = pems;
  const broken = [
    '',
    'no PEM',
    first.slice(0, 200),
    first.replace(/A/g, 'B'),
    `${first}\n${first}`,
    authority.certificate,
  ];
  return [undefined, ...pems, ...broken];
}
