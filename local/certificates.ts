/** Certificates for mutual TLS on this machine: an authority of its own, and what it issues. */

import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(crypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/** A certificate and its private key, in PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What to issue. */
export interface CertificateRequest {
  /** Subject alternative names, such as `DNS:kiosk-7.example.com`, `URI:spiffe://fleet/kiosk-7`, `IP:127.0.0.1`. */
  readonly names: readonly string[];
  /** Its end, epoch milliseconds. @default - a year from now */
  readonly notAfterMs?: number;
}

/** Makes a certificate authority that lives for a year. */
export async function makeAuthority(commonName: string): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + YEAR_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** Issues a certificate with a key of its own. */
export async function issueCertificate(
  authority: KeyedCertificate,
  { names, notAfterMs = Date.now() + YEAR_MS }: CertificateRequest,
): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: 'CN=fleet-token-broker-local',
    issuer: new x509.X509Certificate(authority.certificate).subject,
    publicKey: keys.publicKey,
    signingKey: await signingKeyOf(authority),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(notAfterMs),
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(generalName))],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** Whether a certificate has a month left. */
export function isGoodForAMonth(certificate: string): boolean {
  return new x509.X509Certificate(certificate).notAfter.getTime() > Date.now() + 30 * DAY_MS;
}

const GENERAL_NAMES = { DNS: 'dns', URI: 'url', IP: 'ip' } as const;

function generalName(name: string): x509.JsonGeneralName {
  const [, type = '', value = ''] = /^(\w+):(.*)$/s.exec(name) ?? [];
  return { type: GENERAL_NAMES[type as keyof typeof GENERAL_NAMES], value };
}

/** Positive, and never the same twice. */
function newSerialNumber(): string {
  return `4${Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('hex')}0`.slice(0, 24);
}

async function newKeys(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as CryptoKeyPair;
}

function signingKeyOf({ key }: KeyedCertificate): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(key), ALGORITHM, false, ['sign']);
}

async function pemOf(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
