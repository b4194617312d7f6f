import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { describe, expect, it } from 'vitest';
import { contextOf, deriveKeyPair, ENCAPSULATED_BYTES, open, seal } from '../../lambda/core/hpke.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const utf8 = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text)).buffer;
const exact = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

const secret = Buffer.from('a device code of sixty-four bytes: enough for a key, and random.');
const binding = { context: contextOf(Buffer.from('what for')), additionalData: Buffer.from('whose') };
const recipient = deriveKeyPair(secret);

/** Another implementation of the same suite. */
const other = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

describe('HPKE (RFC 9180)', () => {
  it('derives the key pairs of the RFC’s test vectors (Appendix A.1.1)', () => {
    const ephemeral = hex('7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234');
    const receiver = hex('6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037');

    expect(deriveKeyPair(ephemeral).publicKey.toString('hex')).toBe(
      '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    );
    expect(deriveKeyPair(receiver).publicKey.toString('hex')).toBe(
      '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    );
  });

  it('seals what another implementation opens', async () => {
    const sealed = seal(Buffer.from('tokens'), recipient.publicKey, binding);

    const { privateKey } = await other.kem.deriveKeyPair(exact(secret));
    const enc = exact(sealed.subarray(0, ENCAPSULATED_BYTES));
    const context = { recipientKey: privateKey, enc, info: utf8('what for') };
    const opened = await other.open(context, exact(sealed.subarray(ENCAPSULATED_BYTES)), utf8('whose'));
    expect(Buffer.from(opened).toString()).toBe('tokens');
  });

  it('opens what another implementation sealed', async () => {
    const recipientPublicKey = await other.kem.deserializePublicKey(exact(recipient.publicKey));
    const { enc, ct } = await other.seal({ recipientPublicKey, info: utf8('what for') }, utf8('tokens'), utf8('whose'));

    const opened = open(Buffer.concat([Buffer.from(enc), Buffer.from(ct)]), recipient, binding);
    expect(opened.toString()).toBe('tokens');
  });

  it('opens nothing that was bound to something else', () => {
    const sealed = seal(Buffer.from('tokens'), recipient.publicKey, binding);

    expect(() => open(sealed, recipient, { ...binding, context: contextOf(Buffer.from('other')) })).toThrow();
    expect(() => open(sealed, recipient, { ...binding, additionalData: Buffer.from('other') })).toThrow();
  });

  it('opens nothing that was cut short, and refuses a public key that hides nothing', () => {
    const sealed = seal(Buffer.from('tokens'), recipient.publicKey, binding);

    expect(() => open(sealed.subarray(0, -1), recipient, binding)).toThrow();
    expect(() => open(sealed.subarray(0, ENCAPSULATED_BYTES + 3), recipient, binding)).toThrow();
    expect(() => seal(Buffer.from('tokens'), Buffer.alloc(32), binding)).toThrow();
  });
});
