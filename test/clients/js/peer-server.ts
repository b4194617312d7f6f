/** oidc-provider on loopback: another authorization server with the device flow, to compare the broker with. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import type { FlowServer } from './flow-script.ts';

const GRANTS = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];
const CLIENTS = ['client-1', 'client-2'].map((clientId) => ({ clientId, clientSecret: `secret-of-${clientId}` }));

/** Starts the server. What a person does there is done to its device code directly. */
export async function startPeer(): Promise<FlowServer & { close(): void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let codeLifetimeSeconds = 600;
  const provider = new Provider(url, {
    clients: CLIENTS.map(({ clientId, clientSecret }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: GRANTS,
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    })),
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: false } },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    issueRefreshToken: () => true,
    ttl: { DeviceCode: () => codeLifetimeSeconds, AccessToken: 3600, RefreshToken: 86_400, Grant: 86_400 },
  });
  server.on('request', provider.callback());

  const find = async (userCode: string) => {
    const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
    if (code === undefined) throw new Error('The peer does not know this user code.');
    return code;
  };
  return {
    endpoints: { start: `${url}/device/auth`, token: `${url}/token`, revoke: `${url}/token/revocation` },
    register: async () => {
      const client = CLIENTS.shift();
      if (client === undefined) throw new Error('The peer has two clients.');
      return client;
    },
    setCodeLifetime: (seconds) => {
      codeLifetimeSeconds = seconds;
    },
    approve: async (userCode) => {
      const code = await find(userCode);
      const accountId = 'person-1';
      const grantId = await new provider.Grant({ accountId, clientId: code.clientId }).save();
      await Object.assign(code, { accountId, grantId }).save();
    },
    deny: async (userCode) => {
      await Object.assign(await find(userCode), { error: 'access_denied', errorDescription: 'denied' }).save();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
