/** What the local run needs for mutual TLS, kept in `.local/tls/`: made when it is missing, made anew before it ends. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGoodForAMonth, issueCertificate, type KeyedCertificate, makeAuthority } from './certificates.ts';

/** Where the files are that a person or a device needs. */
export interface TlsFiles {
  /** The authority of the API's own certificate, and without another truststore of the devices' too. */
  readonly ca: string;
  /** A device's certificate of that authority, with which the API may be tried; undefined with another truststore. */
  readonly certificate?: string;
  /** Its key. */
  readonly key?: string;
}

/** The material of the API's listener. */
export interface LocalTls {
  readonly files: TlsFiles;
  readonly server: KeyedCertificate;
}

/**
 * Opens the folder, and makes what is not there.
 *
 * @param folder where the local run keeps everything
 * @param issuesDevices whether devices' certificates are of the authority made here
 */
export async function openLocalTls(folder: string, issuesDevices: boolean): Promise<LocalTls> {
  const path = (name: string): string => join(folder, 'tls', name);
  mkdirSync(path(''), { recursive: true, mode: 0o700 });
  const kept = read(path('ca.pem'), path('ca.key'));
  const authority = kept ?? write(await makeAuthority('Fleet Token Broker, local'), path('ca.pem'), path('ca.key'));
  const issued = async (name: string, names: readonly string[]): Promise<KeyedCertificate> => {
    const files = [path(`${name}.pem`), path(`${name}.key`)] as const;
    const earlier = kept === undefined ? undefined : read(...files);
    return earlier ?? write(await issueCertificate(authority, { names }), ...files);
  };
  const server = await issued('server', ['DNS:localhost', 'IP:127.0.0.1']);
  const ca = path('ca.pem');
  if (!issuesDevices) return { server, files: { ca } };
  await issued('device', ['DNS:kiosk-1.local']);
  return { server, files: { ca, certificate: path('device.pem'), key: path('device.key') } };
}

function read(certificatePath: string, keyPath: string): KeyedCertificate | undefined {
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return undefined;
  const certificate = readFileSync(certificatePath, 'utf8');
  return isGoodForAMonth(certificate) ? { certificate, key: readFileSync(keyPath, 'utf8') } : undefined;
}

function write(made: KeyedCertificate, certificatePath: string, keyPath: string): KeyedCertificate {
  writeFileSync(keyPath, made.key, { mode: 0o600 });
  writeFileSync(certificatePath, made.certificate);
  return made;
}
