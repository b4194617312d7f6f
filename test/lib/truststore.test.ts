import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator, X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, describe, expect, it } from 'vitest';
import { parseBrokerConfig } from '../../lib/config.ts';
import { truststoreProblems } from '../../lib/truststore.ts';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';

const folder = mkdtempSync(join(tmpdir(), 'broker-truststore-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW_MS = Date.parse('2026-11-21T00:00:00Z');
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const keys = (await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])) as CryptoKeyPair;

async function authority(notAfter: string): Promise<string> {
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Devices',
    notBefore: new Date('2020-01-01'),
    notAfter: new Date(notAfter),
    signingAlgorithm: ECDSA,
    keys,
  });
  return made.toString('pem');
}

const SOUND = await authority('2030-01-01');
const EXPIRED = await authority('2026-11-20');

function problemsOf(content: string): readonly string[] {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, content);
  return truststoreProblems(file, NOW_MS).map((problem) => problem.replaceAll(file, 'ca.pem'));
}

describe('a truststore', () => {
  it('may hold several certificates, with remarks between them', () => {
    expect(problemsOf(`Our root\n${SOUND}\n\nTheir root\n${SOUND}\n`)).toEqual([]);
  });

  it('that is not there is told with the path', () => {
    expect(truststoreProblems('certs/nowhere.pem', NOW_MS)).toEqual([
      'write the path of a PEM file that can be read, relative to the folder of cdk.json (got "certs/nowhere.pem")',
    ]);
  });

  it('without a certificate is told what belongs into it', async () => {
    const request = (
      await Pkcs10CertificateRequestGenerator.create({ name: 'CN=x', keys, signingAlgorithm: ECDSA })
    ).toString('pem');

    const sentence = 'put at least one CA certificate into ca.pem, between BEGIN CERTIFICATE and END CERTIFICATE';
    expect([problemsOf(''), problemsOf(request)]).toEqual([[sentence], [sentence]]);
  });

  it('names each certificate that has expired', () => {
    expect(problemsOf(`${EXPIRED}\n${SOUND}\n${EXPIRED}`)).toEqual([
      'replace certificate 1 of ca.pem, which expired on 2026-11-20',
      'replace certificate 3 of ca.pem, which expired on 2026-11-20',
    ]);
  });

  it('names a certificate that cannot be read', () => {
    expect(problemsOf(`${SOUND}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`)).toEqual([
      'replace certificate 2 of ca.pem, which cannot be read',
    ]);
  });

  it('with a private key is refused before the key is uploaded', () => {
    const key = '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----';

    expect(problemsOf(`${SOUND}\n${key}`)).toEqual([
      'take the private key out of ca.pem; a truststore holds certificates only',
    ]);
  });
});

describe('a configuration with a truststore', () => {
  const { domain } = EXAMPLE_CONFIGS.certificates;
  const configWith = (truststore: string) => ({
    ...MINIMAL_CONFIG,
    deviceAuth: 'mtls',
    domain: { ...domain, truststore },
  });

  it('is refused for what is wrong in the file, one sentence each', () => {
    const file = join(folder, 'expired.pem');
    writeFileSync(file, EXPIRED);

    expect(() => parseBrokerConfig(configWith(file), NOW_MS)).toThrow(
      `broker.domain.truststore: replace certificate 1 of ${file}, which expired on 2026-11-20.`,
    );
    expect(() => parseBrokerConfig(configWith('nowhere.pem'))).toThrow(
      /^broker\.domain\.truststore: write the path of a PEM file that can be read, .*\.$/,
    );
  });

  it('in the examples holds a certificate that outlives them', () => {
    expect(readFileSync(domain.truststore, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(truststoreProblems(domain.truststore, Date.parse('2100-01-01'))).toEqual([]);
  });
});
