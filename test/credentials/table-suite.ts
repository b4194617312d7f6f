/** What a reader of the whole table finds. */

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { clientSettings } from '../local/stand-in-clients.ts';
import type { RunningBroker } from '../support/running-broker.ts';

export function tableSuite(running: RunningBroker): void {
  it('a reader of the whole table finds no credential, token, handle, code or secret in clear', async () => {
    const [device, kiosk] = await Promise.all([running.signIn('gateways'), running.signIn('kiosks')]);
    const credentials = await fetch(`${running.broker().api}/credentials`, {
      headers: { Authorization: device.handle },
    });
    const given = (await credentials.json()) as Record<string, string>;
    await running.refresh(kiosk, kiosk.handle);

    const { endpoint, tableName } = running.broker().aws;
    const dynamodb = new DynamoDBClient(clientSettings(endpoint));
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: tableName }));
    dynamodb.destroy();
    const table = JSON.stringify(Items);

    const secrets = [
      ...[given.AccessKeyId, given.SecretAccessKey, given.Token],
      ...[device, kiosk].flatMap(({ handle, deviceCode, clientSecret }) => [handle, deviceCode, clientSecret]),
      String(kiosk.answer.body.accessToken),
      ...Object.values(running.broker().fleets).map(({ enrollmentKey }) => enrollmentKey),
      // How every access token, refresh token, key id and session token begins.
      'aoaAAAAA',
      'aorAAAAA',
      'ASIA',
      'IQoJb3JpZ2lu',
    ];
    expect(table).toContain('sealedCredentials');
    expect(table).toContain('sealedCustody');
    for (const secret of secrets) {
      expect(secret?.length).toBeGreaterThan(3);
      expect(table).not.toContain(secret);
    }
  });
}
