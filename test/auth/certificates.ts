import { issueCertificate, type KeyedCertificate, makeAuthority } from '../../local/certificates.ts';

/** A certificate authority of a test. */
export interface CertificateAuthority {
  readonly certificate: string;
  /** @param names subject alternative names, such as `DNS:kiosk-7.example.com`, `URI:spiffe://fleet/kiosk-7` */
  issue(names: readonly string[], own?: { readonly notAfter?: Date }): Promise<KeyedCertificate>;
}

/** Makes a certificate authority. */
export async function makeCertificateAuthority(name: string): Promise<CertificateAuthority> {
  const authority = await makeAuthority(name);
  return {
    certificate: authority.certificate,
    issue: (names, { notAfter } = {}) =>
      issueCertificate(authority, { names, ...(notAfter !== undefined && { notAfterMs: notAfter.getTime() }) }),
  };
}
