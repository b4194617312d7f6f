/** RFC 8628 §3.4 and §3.5: the device_code grant. Item numbers are those of docs/rfc-8628.md. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { sessionKey } from '../../../lambda/adapters/keys.ts';
import { sessionIdOf } from '../../../lambda/core/device-code.ts';
import {
  DEVICE_GRANT,
  pollByForm,
  pollToTheEnd,
  register,
  type Started,
  start,
  startWithLifetime,
} from '../../clients/support/device.ts';
import { type Answer, basic, eventually, postForm, postText } from '../../clients/support/http.ts';
import { approve, broker, deny, operate } from '../../clients/support/local-broker.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const endpoint = (): string => `${broker().api}/token`;
const poll = (device: Started): Promise<Answer> => pollByForm(broker(), device);
const settled = (device: Started): Promise<Answer> => pollToTheEnd(broker(), device, pollByForm);

function expectRefusal(answer: Answer, error: string, status = 400): void {
  expect([answer.status, answer.body.error]).toEqual([status, error]);
}

/** The table behind the running broker. */
function table(): { client: DynamoDBClient; name: string } {
  const { endpoint: url, tableName } = broker().aws;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { client: new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials }), name: tableName };
}

const keyOf = (device: Started): { pk: string } => ({ pk: sessionKey(sessionIdOf(device.deviceCode)) });

describe.concurrent('the request of the device_code grant', () => {
  it('RFC 8628 §3.4 (item 23): without a grant type it is refused', async () => {
    const { clientId, clientSecret } = await register(broker());

    const answer = await postForm(endpoint(), {}, { Authorization: basic(clientId, clientSecret) });

    expectRefusal(answer, 'invalid_request');
    expect(answer.body.error_description).toMatch(/grant_type/);
  });

  it('RFC 6749 §5.2 (item 23): another grant type is refused by name', async () => {
    for (const grant_type of ['authorization_code', 'password', 'device_code', 'urn:x']) {
      expectRefusal(await postForm(endpoint(), { grant_type }), 'unsupported_grant_type');
    }
  });

  it.each([
    ['raw', DEVICE_GRANT],
    ['percent-encoded', encodeURIComponent(DEVICE_GRANT)],
  ])('RFC 8628 §3.4 (item 23): the colons of the grant type may be sent %s', async (_, grantType) => {
    const { clientId, clientSecret, deviceCode } = await start(broker());

    const answer = await postText(endpoint(), `grant_type=${grantType}&device_code=${deviceCode}`, {
      ...FORM,
      Authorization: basic(clientId, clientSecret),
    });

    expectRefusal(answer, 'authorization_pending');
  });

  it('RFC 8628 §3.4 (item 24): without a device code, or with an empty one, it is refused', async () => {
    const device = await start(broker());

    expectRefusal(await poll({ ...device, deviceCode: '' }), 'invalid_request');
  });

  it('RFC 6749 §3.2.1 (item 25): the client must authenticate as registered', async () => {
    const device = await start(broker());

    expectRefusal(await poll({ ...device, clientSecret: '' }), 'invalid_client', 401);
    expectRefusal(await poll({ ...device, clientSecret: 'x' }), 'invalid_client', 401);
  });

  it('RFC 6749 §5.2 (item 25): a code of another client is refused, and its owner does not notice', async () => {
    const device = await start(broker());
    const stranger = await register(broker());

    for (let polls = 0; polls < 10; polls += 1) {
      expectRefusal(await poll({ ...device, ...stranger }), 'invalid_grant');
    }
    await approve(broker(), device.userCode);

    expect((await settled(device)).status).toBe(200);
  });
});

describe.concurrent('before a person has decided', () => {
  it('RFC 8628 §3.5 (item 26): the answer is authorization_pending', async () => {
    expectRefusal(await poll(await start(broker())), 'authorization_pending');
  });

  it('RFC 8628 §3.5 (items 27, 29): a device that waits its interval is never told to slow down', async () => {
    const device = await start(broker());

    const errors: unknown[] = [];
    for (const jitterMs of [0, 80, -80, 40]) {
      errors.push((await poll(device)).body.error);
      await sleep(device.interval * 1000 + jitterMs);
    }

    expect(new Set(errors)).toEqual(new Set(['authorization_pending']));
  });

  it('RFC 8628 §3.5 (item 27): a slow_down comes with 5 seconds more, and not again to who waits them', async () => {
    const device = await start(broker());
    const hasty = await Promise.all(Array.from({ length: 30 }, () => poll(device)));

    const slowed = hasty.find(({ body }) => body.error === 'slow_down');
    const retryAfterSeconds = Number(slowed?.headers.get('retry-after'));
    expect(retryAfterSeconds).toBe(device.interval + 5);
    await sleep(retryAfterSeconds * 1000);

    expectRefusal(await poll(device), 'authorization_pending');
  });

  it('RFC 8628 §3.5 (item 28): the first poll is answered on its merits, also right after the start', async () => {
    expectRefusal(await poll(await start(broker())), 'authorization_pending');
  });
});

describe.concurrent('after a person has decided', () => {
  it('RFC 8628 §3.5 (item 30): slow_down hides no outcome', async () => {
    const device = await start(broker());
    await Promise.all(Array.from({ length: 30 }, () => poll(device)));
    await deny(broker(), device.userCode);

    expectRefusal(await settled(device), 'access_denied');
  });

  it('RFC 8628 §3.5 (item 31): a denial is access_denied, for good', async () => {
    const device = await start(broker());
    await deny(broker(), device.userCode);

    expectRefusal(await settled(device), 'access_denied');
    expectRefusal(await poll(device), 'access_denied');
  });

  it('RFC 8628 §3.5 (item 31): an expired code is expired_token, also when its item is gone', async () => {
    const device = await startWithLifetime(broker(), 2);

    expectRefusal(await settled(device), 'expired_token');
    const { client, name } = table();
    await client.send(new DeleteCommand({ TableName: name, Key: keyOf(device) }));

    expectRefusal(await poll(device), 'expired_token');
  });

  it('RFC 8628 §3.5 (item 31): a code that nobody issued is invalid_grant', async () => {
    const device = await start(broker());

    expectRefusal(await poll({ ...device, deviceCode: 'A'.repeat(86) }), 'invalid_grant');
  });

  it('RFC 8628 §3.5 (item 32): an approval in time is redeemable after the code has expired', async () => {
    const device = await startWithLifetime(broker(), 4);
    await approve(broker(), device.userCode);

    await sleep((device.expiresIn + 1) * 1000);

    expect((await poll(device)).status).toBe(200);
  });

  it('RFC 6749 §5.1 (item 33): tokens come as JSON that nobody may keep', async () => {
    const device = await start(broker());
    await approve(broker(), device.userCode);

    const { status, headers, body } = await settled(device);

    expect(status).toBe(200);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      refresh_token: expect.any(String),
    });
  });

  it('RFC 8628 §3.5 (item 35): 30 polls at once yield one token set', async () => {
    const device = await start(broker());
    await approve(broker(), device.userCode);
    await settled(device);

    const answers = await Promise.all(Array.from({ length: 30 }, () => poll(device)));

    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('RFC 6749 §4.1.2 (item 36): past the time in which a lost answer is repeated, the code is spent', async () => {
    const device = await start(broker());
    await approve(broker(), device.userCode);
    await settled(device);

    const longAgo = Date.now() - 3_700_000;
    const { client, name } = table();
    await client.send(
      new UpdateCommand({
        TableName: name,
        Key: keyOf(device),
        UpdateExpression: 'SET claimedAtMs = :t, lastDeliveredAtMs = :t',
        ExpressionAttributeValues: { ':t': longAgo },
      }),
    );

    expectRefusal(await poll(device), 'invalid_grant');
  });

  it('RFC 8628 §5.4 (item 44): a client that an operator has locked gets nothing more', async () => {
    const device = await start(broker());
    await operate(broker(), 'POST', `/clients/${device.clientId}/lock`, { reason: 'stolen' });
    await approve(broker(), device.userCode);

    const answer = await eventually(async () => poll(device));

    expectRefusal(answer, 'invalid_client', 401);
  });
});

describe('while Identity Center is in trouble', () => {
  it('RFC 8628 §3.5 (items 37, 38): the answer comes in time, and an approval is not lost', async () => {
    const device = await start(broker());
    await approve(broker(), device.userCode);
    await sleep(device.interval * 1000);
    broker().identityCenterKnobs.hang = { operation: 'CreateToken', count: 1000 };

    const askedAtMs = Date.now();
    const answer = await poll(device);

    broker().identityCenterKnobs.hang = null;
    expectRefusal(answer, 'authorization_pending');
    expect(Date.now() - askedAtMs).toBeLessThan(10_000);
    expect((await settled(device)).status).toBe(200);
  });
});
