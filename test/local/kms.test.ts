import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { loadKmsKey, makeKms } from '../../local/aws/kms.ts';
import { clientSettings } from './stand-in-clients.ts';

const CONTEXT = { purpose: 'registration', name: 'us-east-1' };
const SECRET = Buffer.from('an upstream client secret');

let endpoint: AwsEndpoint;
let kms: KMSClient;

beforeAll(async () => {
  endpoint = await startAwsEndpoint({ TrentService: makeKms(loadKmsKey()) }, () => {});
  kms = new KMSClient(clientSettings(endpoint.url));
});
afterAll(async () => {
  kms.destroy();
  await endpoint.close();
});

async function encrypted(context: Record<string, string> = CONTEXT): Promise<Uint8Array> {
  const command = new EncryptCommand({ KeyId: 'Key', Plaintext: SECRET, EncryptionContext: context });
  return (await kms.send(command)).CiphertextBlob ?? new Uint8Array();
}

const decrypt = (CiphertextBlob: Uint8Array, EncryptionContext?: Record<string, string>) =>
  kms.send(new DecryptCommand({ KeyId: 'Key', CiphertextBlob, ...(EncryptionContext && { EncryptionContext }) }));

describe('the KMS stand-in', () => {
  it('gives back what was encrypted under the same context, in whatever order its members stand', async () => {
    const { Plaintext, KeyId } = await decrypt(await encrypted(), { name: 'us-east-1', purpose: 'registration' });

    expect(Buffer.from(Plaintext ?? []).toString()).toBe('an upstream client secret');
    expect(KeyId).toBe('arn:aws:kms:us-east-1:000000000000:key/Key');
  });

  it.each([
    ['another context', { ...CONTEXT, name: 'eu-west-1' }],
    ['a part of the context', { purpose: 'registration' }],
    ['no context', undefined],
  ])('refuses %s', async (_what, context) => {
    await expect(decrypt(await encrypted(), context)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('refuses a ciphertext that was changed', async () => {
    const ciphertext = Buffer.from(await encrypted());
    ciphertext[ciphertext.length - 1] = (ciphertext.at(-1) ?? 0) ^ 1;

    await expect(decrypt(ciphertext, CONTEXT)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('refuses a ciphertext that is too short to be one', async () => {
    await expect(decrypt(Buffer.from('short'), CONTEXT)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('encrypts the same text differently each time', async () => {
    expect(Buffer.from(await encrypted()).equals(await encrypted())).toBe(false);
  });
});

describe('the key file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'kms-')), 'kms.key');

  it('is made once, for its owner alone', () => {
    const made = loadKmsKey(path);

    expect(loadKmsKey(path).equals(made)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('stops the start with a sentence when it holds something else', () => {
    writeFileSync(path, 'too short');

    expect(() => loadKmsKey(path)).toThrow('holds no key of 32 bytes: delete the folder to start afresh.');
  });
});
