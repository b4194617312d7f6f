/** oidc-provider 9 with its own in-memory adapter and the same clients: `node peer-server.ts`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { clientSecretOf } from '../../../support/fake-records.ts';
import { APPROVE_HEADER, CLIENT_IDS, reportTo } from './server.ts';

const server = createServer();
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const provider = new Provider(url, {
  clients: CLIENT_IDS.map((clientId) => ({
    client_id: clientId,
    client_secret: clientSecretOf(clientId),
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  issueRefreshToken: () => true,
  ttl: { DeviceCode: 600, AccessToken: 28_800, RefreshToken: 86_400, Grant: 86_400 },
});

/** What a person does there, done to its models directly. */
async function approve(userCode: string): Promise<void> {
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
  if (code === undefined) throw new Error('The peer does not know this user code.');
  const accountId = 'person-1';
  const grantId = await new provider.Grant({ accountId, clientId: code.clientId }).save();
  await Object.assign(code, { accountId, grantId }).save();
}

const answer = provider.callback();
server.on('request', async (message, response) => {
  const approved = message.headers[APPROVE_HEADER];
  if (typeof approved === 'string') await approve(approved);
  answer(message, response);
});
reportTo({ start: `${url}/device/auth`, token: `${url}/token` });
