import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKmsVault } from '../../lambda/adapters/kms-vault.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { loadKmsKey, makeKms } from '../../local/aws/kms.ts';
import { type AwsService, jsonService } from '../../local/aws/wire.ts';

const endpoints: AwsEndpoint[] = [];
const clients: KMSClient[] = [];
let service: AwsService;

beforeEach(() => {
  service = makeKms(loadKmsKey());
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const endpoint of endpoints.splice(0)) await endpoint.close();
});

async function vault(keyId = 'registration-key') {
  const endpoint = await startAwsEndpoint({ TrentService: service }, () => {});
  endpoints.push(endpoint);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new KMSClient({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return makeKmsVault(keyId, client);
}

const CONTEXT = { registration: 'eu-central-1 sso:account:access' };

describe('the vault behind KMS', () => {
  it('opens what it has sealed, under the same context', async () => {
    const { encrypt, decrypt } = await vault();

    const sealed = await encrypt(makeSecret('the client secret'), CONTEXT);

    expect(Buffer.from(sealed, 'base64').toString()).not.toContain('the client secret');
    expect((await decrypt(sealed, CONTEXT)).reveal()).toBe('the client secret');
  });

  it('does not open it under another context', async () => {
    const { encrypt, decrypt } = await vault();
    const sealed = await encrypt(makeSecret('the client secret'), CONTEXT);

    await expect(decrypt(sealed, { registration: 'another' })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  });

  it('names its own key at both calls, so that no other key’s ciphertext is opened', async () => {
    const keys: unknown[] = [];
    const real = service;
    service = async (request) => {
      keys.push((JSON.parse(request.body) as { KeyId: string }).KeyId);
      return real(request);
    };
    const { encrypt, decrypt } = await vault('the-key');

    await decrypt(await encrypt(makeSecret('s'), CONTEXT), CONTEXT);

    expect(keys).toEqual(['the-key', 'the-key']);
  });

  it('fails when KMS answers without what it was asked for', async () => {
    service = jsonService({ Encrypt: () => ({}), Decrypt: () => ({}) });
    const { encrypt, decrypt } = await vault();

    await expect(encrypt(makeSecret('s'), CONTEXT)).rejects.toThrow('KMS encrypted nothing');
    await expect(decrypt('c2VhbGVk', CONTEXT)).rejects.toThrow('KMS decrypted nothing');
  });
});
