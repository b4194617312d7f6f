/** A stand-in for AWS KMS: Encrypt and Decrypt under one symmetric key, with the encryption context as AAD. */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../intrinsics.ts';
import { StartError } from '../start-error.ts';
import { AwsError, type AwsService, jsonService } from './wire.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Reads the key material from its file, or makes it.
 *
 * @param path a file that only its owner may read; undefined: a key that lives as long as the process
 * @throws StartError when the file holds something else
 */
export function loadKmsKey(path?: string): Buffer {
  if (path === undefined) return randomBytes(32);
  if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  const key = readFileSync(path);
  if (key.length !== 32) throw new StartError(`${path} holds no key of 32 bytes: delete the folder to start afresh.`);
  return key;
}

/**
 * Makes the service. It has one key, whatever name callers give it: the broker has one.
 *
 * @param keyMaterial 32 bytes
 */
export function makeKms(keyMaterial: Buffer): AwsService {
  const algorithm = { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  return jsonService({
    Encrypt: (input) => {
      const plaintext = Buffer.from(String(input.Plaintext), 'base64');
      const ciphertext = seal(keyMaterial, plaintext, additionalData(input));
      return { ...algorithm, CiphertextBlob: ciphertext.toString('base64'), KeyId: keyArn(input) };
    },
    Decrypt: (input) => {
      const ciphertext = Buffer.from(String(input.CiphertextBlob), 'base64');
      const plaintext = open(keyMaterial, ciphertext, additionalData(input));
      return { ...algorithm, Plaintext: plaintext.toString('base64'), KeyId: keyArn(input) };
    },
  });
}

function keyArn({ KeyId }: Record<string, unknown>): string {
  const id = typeof KeyId === 'string' ? KeyId : 'local';
  return id.startsWith('arn:') ? id : `arn:aws:kms:${LOCAL_REGION}:${LOCAL_ACCOUNT}:key/${id}`;
}

/** The encryption context without the order of its members, which KMS ignores too. */
function additionalData(input: Record<string, unknown>): Buffer {
  const context = Object.entries((input.EncryptionContext ?? {}) as Record<string, string>);
  return Buffer.from(JSON.stringify(context.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function seal(key: Buffer, plaintext: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
}

function open(key: Buffer, ciphertext: Buffer, aad: Buffer): Buffer {
  try {
    const nonce = ciphertext.subarray(0, NONCE_BYTES);
    const tag = ciphertext.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(aad)
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw new AwsError(
      'InvalidCiphertextException',
      'The ciphertext or its encryption context is not the one encrypted.',
    );
  }
}
