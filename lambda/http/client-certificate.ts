import { X509Certificate } from 'node:crypto';

/** `DNS:…` and `URI:…` entries of an extension as Node prints it; a value with unusual characters is printed in quotes. */
const ENTRY = /(?:^|, )(\w[\w ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/g;

/**
 * The subject alternative names of a client certificate (RFC 8705 §2.1) that can name a client: `DNS:` in small letters, `URI:`
 * as it is. None of a certificate that is not valid now, or that cannot be read.
 *
 * @param pem the certificate as API Gateway passes it on, after checking its chain
 */
export function certificateNamesOf(pem: string, nowMs: number): readonly string[] {
  try {
    const { subjectAltName = '', validFrom, validTo } = new X509Certificate(pem);
    if (!(Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo))) return [];
    return [...subjectAltName.matchAll(ENTRY)].flatMap(([, kind, printed = '']) => {
      const value = printed.startsWith('"') ? String(JSON.parse(printed)) : printed;
      if (value === '') return [];
      if (kind === 'DNS') return [`DNS:${value.toLowerCase()}`];
      return kind === 'URI' ? [`URI:${value}`] : [];
    });
  } catch {
    return [];
  }
}
