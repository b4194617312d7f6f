import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Vault } from '../core/registration.ts';
import { makeSecret } from '../core/secret.ts';

/** Encrypts under a KMS key, base64 outside. */
export function makeKmsVault(keyId: string, client = new KMSClient({})): Vault {
  return {
    async encrypt(plaintext, context) {
      const command = new EncryptCommand({
        KeyId: keyId,
        Plaintext: Buffer.from(plaintext.reveal()),
        EncryptionContext: { ...context },
      });
      const { CiphertextBlob } = await client.send(command);
      if (CiphertextBlob === undefined) throw new Error('KMS encrypted nothing');
      return Buffer.from(CiphertextBlob).toString('base64');
    },

    async decrypt(ciphertext, context) {
      const blob = Buffer.from(ciphertext, 'base64');
      const command = new DecryptCommand({ KeyId: keyId, CiphertextBlob: blob, EncryptionContext: { ...context } });
      const { Plaintext } = await client.send(command);
      if (Plaintext === undefined) throw new Error('KMS decrypted nothing');
      return makeSecret(Buffer.from(Plaintext).toString());
    },
  };
}
