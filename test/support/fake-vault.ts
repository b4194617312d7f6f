import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Vault } from '../../lambda/core/registration.ts';
import { makeSecret } from '../../lambda/core/secret.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** KMS without KMS: AES-256-GCM, the encryption context bound as additional data, so that a wrong one does not decrypt. */
export function makeFakeVault(): Vault {
  const key = randomBytes(32);
  const contextBytes = (context: Readonly<Record<string, string>>): Buffer =>
    Buffer.from(JSON.stringify(Object.entries(context).sort()));

  return {
    async encrypt(plaintext, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(contextBytes(context));
      const body = Buffer.concat([cipher.update(plaintext.reveal()), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },

    async decrypt(ciphertext, context) {
      const bytes = Buffer.from(ciphertext, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(contextBytes(context));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = bytes.subarray(IV_BYTES + TAG_BYTES);
      return makeSecret(Buffer.concat([decipher.update(body), decipher.final()]).toString());
    },
  };
}
