import { createHash, createHmac, randomBytes } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { SigningHash } from '../../lambda/adapters/signing-hash.ts';

const message = Buffer.from('what is signed');
const secret = randomBytes(32);

async function hashed(hash: SigningHash): Promise<string> {
  hash.update(message.subarray(0, 5));
  hash.update(message.subarray(5));
  return Buffer.from(await hash.digest()).toString('hex');
}

describe('the hash that calls are signed with', () => {
  it('is SHA-256 without a secret', async () => {
    expect(await hashed(new SigningHash())).toBe(createHash('sha256').update(message).digest('hex'));
  });

  it.each([
    ['text', 'a secret, ünïcode too'],
    ['no text', ''],
    ['bytes', secret],
    ['a part of a buffer', new DataView(secret.buffer, secret.byteOffset, 7)],
    ['a whole buffer', Uint8Array.from(secret).buffer],
  ])('is HMAC-SHA-256 with a secret that is %s', async (_, source) => {
    const key = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    expect(await hashed(new SigningHash(source))).toBe(createHmac('sha256', key).update(message).digest('hex'));
  });

  it('begins anew with its secret', async () => {
    const hash = new SigningHash(secret);
    hash.update(Buffer.from('something else'));
    hash.reset();
    expect(await hashed(hash)).toBe(createHmac('sha256', secret).update(message).digest('hex'));
  });

  it('signs as AWS’s own example is signed (IAM User Guide, ListUsers of 2015-08-30)', async () => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
    const signer = new SignatureV4({
      credentials,
      region: 'us-east-1',
      service: 'iam',
      sha256: SigningHash,
      applyChecksum: false,
    });
    const request = {
      method: 'GET',
      protocol: 'https:',
      hostname: 'iam.amazonaws.com',
      path: '/',
      query: { Action: 'ListUsers', Version: '2010-05-08' },
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        host: 'iam.amazonaws.com',
      },
    };
    const { headers } = await signer.sign(request, { signingDate: new Date('2015-08-30T12:36:00Z') });
    expect(headers.authorization).toMatch(
      /Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/,
    );
  });
});
