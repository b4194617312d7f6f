/** What the broker takes from upstream's answer and where it asks, with a scripted upstream behind the AWS SDK. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { makeSsoOidcUpstream } from '../../lambda/adapters/sso-oidc-upstream.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import { parseBrokerConfig, toSettings } from '../../lib/config.ts';

const CLIENT = { clientId: 'a', clientSecret: makeSecret('b'), expiresAt: 4_000_000_000 };

/** An upstream that gives one answer to everything. */
async function upstreamThatAnswers(body: object): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startAt(upstreamEndpoint: string) {
  const target = { region: 'us-east-1', scopes: ['sso:account:access'], upstreamEndpoint };
  const upstream = makeSsoOidcUpstream({ nowMs: () => 0 });
  return upstream.startDeviceAuthorization(target, CLIENT, 'https://d-1234567890.awsapps.com/start');
}

it.each([
  'https://d-1234567890.awsapps.com/start/#/device',
  'https://ssoins-1.us-east-1.portal.amazonaws.com/#/device?user_code=PMPJ-VZCJ',
  'https://us-east-1.signin.aws/platform/authorize?request_uri=urn%3Aietf%3Aa%2Bb&x=%e4%F6+c%20d#f?',
])('the link %s is taken from upstream as it is', async (link) => {
  const endpoint = await upstreamThatAnswers({
    deviceCode: 'code-1',
    userCode: 'PMPJ-VZCJ',
    verificationUri: link,
    verificationUriComplete: link,
    expiresIn: 600,
    interval: 1,
  });

  const started = await startAt(endpoint);

  expect(started).toMatchObject({ activation: { verificationUri: link, verificationUriComplete: link } });
});

it('a device always gets a complete link and an interval, also when upstream leaves them out', async () => {
  const link = 'https://us-east-1.signin.aws/platform/authorize?request_uri=x';
  const endpoint = await upstreamThatAnswers({ deviceCode: 'c', userCode: 'U', verificationUri: link, expiresIn: 600 });

  const started = await startAt(endpoint);

  expect(started).toMatchObject({ intervalSeconds: 5, activation: { verificationUriComplete: link } });
});

it.each([
  ['https://ssoins-1234.portal.eu-west-1.app.aws', 'eu-west-1', 'https://oidc.eu-west-1.api.aws'],
  ['https://ssoins-1234.portal.us-east-2.app.aws/', 'us-east-2', 'https://oidc.us-east-2.api.aws'],
  ['https://d-1234567890.awsapps.com/start', 'eu-west-1', undefined],
  ['https://ssoins-1234.eu-west-1.portal.amazonaws.com', 'eu-west-1', undefined],
])('for the start URL %s upstream is the endpoint of the same family', (startUrl, region, endpoint) => {
  const settings = toSettings(parseBrokerConfig({ fleets: { kiosks: { startUrl, region } } }));

  expect(settings.fleets.kiosks?.upstreamEndpoint).toBe(endpoint);
});
