/** The certificates that device certificates are checked against: looked at before anything is deployed. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * What is wrong with a truststore, one sentence without its full stop for each problem.
 *
 * @param file the path of the PEM file, relative to the folder that the app runs in
 * @param nowMs the time that no certificate may have expired at, in epoch milliseconds
 */
export function truststoreProblems(file: string, nowMs: number): string[] {
  const pem = readText(file);
  if (pem === undefined) {
    return [`write the path of a PEM file that can be read, relative to the folder of cdk.json (got "${file}")`];
  }
  // API Gateway would fetch it from a bucket in which it has no business.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return [`take the private key out of ${file}; a truststore holds certificates only`];
  }
  const certificates = pem.match(CERTIFICATES) ?? [];
  if (certificates.length === 0) {
    return [`put at least one CA certificate into ${file}, between BEGIN CERTIFICATE and END CERTIFICATE`];
  }
  return certificates.flatMap((certificate, index) => {
    const problem = certificateProblem(certificate, nowMs);
    return problem === undefined ? [] : [`replace certificate ${index + 1} of ${file}, which ${problem}`];
  });
}

function certificateProblem(pem: string, nowMs: number): string | undefined {
  try {
    const { validToDate } = new X509Certificate(pem);
    return validToDate.getTime() > nowMs ? undefined : `expired on ${validToDate.toISOString().slice(0, 10)}`;
  } catch {
    return 'cannot be read';
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
