import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  AuthorizationPendingException,
  CreateTokenCommand,
  RegisterClientCommand,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokerProcess, killAllBrokers, startBroker } from './broker-process.ts';
import { authorize, decide, poll, register } from './device.ts';
import { freePort } from './free-ports.ts';
import { sessionIdOf, sessionReaches } from './operator.ts';
import { copyProject } from './project-copy.ts';
import { openShell } from './shell.ts';

const project = copyProject();
let running: BrokerProcess;

beforeAll(async () => {
  running = await startBroker(project, ['--ephemeral', '--port', String(await freePort())]);
}, 90_000);
afterAll(() => {
  killAllBrokers();
  project.remove();
});

describe('npm start', () => {
  it('prints a quick start that gives a device its token when it is pasted into a shell', async ({ skip }) => {
    const shell = await openShell(skip);
    const lines = quickStartLines(running.output());
    const lastLine = String(lines.at(-1));

    shell.paste(lines);
    const [, userCode = ''] = await shell.reads(/Approve here: http\S+user_code=([A-Z]{4}-[A-Z]{4})\s/);
    await shell.reads(/"error":"authorization_pending"/);
    await decide(running.broker.identityCenter, 'approve', { userCode });
    const tokens = await shell.pasteUntil(lastLine, /"accessToken":"([^"]+)"/);

    expect(tokens[1]).toMatch(/^aoaAAAAA/);
    expect(await shell.close()).toBe('');
  });

  it('prints how an operator lists the sessions', async ({ skip }) => {
    const shell = await openShell(skip);

    shell.paste([/^curl .*--aws-sigv4.*$/m.exec(running.output())?.[0] ?? 'false']);

    expect(await shell.reads(/"clientName":"kiosk-1","?.*"phase":"claimed"|"phase":"claimed".*"clientName":"kiosk-1"/));
    expect(await shell.close()).toBe('');
  });

  it('serves the unmodified AWS SDK', async () => {
    const { deviceEndpoint, startUrl, identityCenter } = running.broker;
    const sdk = new SSOOIDCClient({ region: 'us-east-1', endpoint: deviceEndpoint });
    const { clientId, clientSecret } = await sdk.send(
      new RegisterClientCommand({ clientName: 'robot-1', clientType: 'public', scopes: ['sso:account:access'] }),
    );
    const started = await sdk.send(new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl }));
    const createToken = new CreateTokenCommand({
      clientId,
      clientSecret,
      deviceCode: started.deviceCode,
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
    });

    await expect(sdk.send(createToken)).rejects.toBeInstanceOf(AuthorizationPendingException);
    await decide(identityCenter, 'approve', { userCode: String(started.userCode) });
    const tokens = await untilApproved(() => sdk.send(createToken));

    expect(tokens).toMatchObject({ tokenType: 'Bearer', accessToken: expect.stringMatching(/^aoaAAAAA/) });
    expect(tokens.expiresIn).toBeGreaterThan(3500);
    sdk.destroy();
  });

  it('serves openid-client, from discovery to the token', async () => {
    const { api, enrollmentKey, identityCenter } = running.broker;
    const config = await oidc.dynamicClientRegistration(
      new URL(api),
      { client_name: 'gateway-1', redirect_uris: [], response_types: [] },
      undefined,
      { algorithm: 'oauth2', initialAccessToken: enrollmentKey, execute: [oidc.allowInsecureRequests] },
    );
    const started = await oidc.initiateDeviceAuthorization(config, {});
    await decide(identityCenter, 'approve', { userCode: started.user_code });

    const tokens = await oidc.pollDeviceAuthorizationGrant(config, started);

    expect(tokens).toMatchObject({ token_type: 'bearer', access_token: expect.stringMatching(/^aoaAAAAA/) });
  });

  it('gives 50 processes of an approved device that ask at once one and the same answer', async () => {
    const { broker } = running;
    const device = await authorize(broker, await register(broker, 'many-processes'));
    await decide(broker.identityCenter, 'approve', device);
    await sessionReaches(broker.api, device.deviceCode, 'authorized');

    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(broker, device)));

    expect(answers[0]).toMatchObject({ status: 200, body: { accessToken: expect.stringMatching(/^aoaAAAAA/) } });
    expect(new Set(answers.map(({ status, body }) => JSON.stringify({ status, body })))).toHaveProperty('size', 1);
  });

  it('polls 20 devices that start within one second with at most two executions', async () => {
    const { broker } = running;
    const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => register(broker, `rebooted-${i}`)));
    const startedAtMs = performance.now();
    const devices = await Promise.all(clients.map((client) => authorize(broker, client)));
    const seconds = Math.ceil((performance.now() - startedAtMs) / 1000);

    const executions = await executionsThatPoll(devices.map(({ deviceCode }) => sessionIdOf(deviceCode)));

    // On a busy machine the 20 may take longer than a second: the window allows one execution more for each.
    expect(executions.length).toBeLessThanOrEqual(1 + seconds);
  });

  it('ends at Ctrl-C with status 0, and with --ephemeral leaves nothing behind', async () => {
    const { status, stderr } = await running.interrupt();

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(existsSync(project.dataFolder)).toBe(false);
    expect(readdirSync(project.temporaryFolder).filter((name) => name.startsWith('fleet-token-broker-'))).toEqual([]);
  });
});

/** The lines that a person copies: from the first variable to the next empty line. */
function quickStartLines(output: string): string[] {
  const lines = output.split('\n');
  const first = lines.findIndex((line) => line.startsWith('E='));
  return lines.slice(first, lines.indexOf('', first));
}

async function untilApproved<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AuthorizationPendingException)) throw error;
      await sleep(1000);
    }
  }
}

/** Waits until each of these sessions is in an execution's input. @returns the names of the executions */
async function executionsThatPoll(sessionIds: readonly string[]): Promise<string[]> {
  const { endpoint, stateMachineArn } = running.broker.aws;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SFNClient({ region: 'us-east-1', endpoint, credentials });
  for (;;) {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    const inputs = await Promise.all(
      executions.map(async ({ executionArn, name }) => {
        const { input = '{}' } = await client.send(new DescribeExecutionCommand({ executionArn }));
        return { name: String(name), polled: (JSON.parse(input) as { sessionIds: string[] }).sessionIds };
      }),
    );
    const ofThese = inputs.filter(({ polled }) => polled.some((id) => sessionIds.includes(id)));
    const found = new Set(ofThese.flatMap(({ polled }) => polled));
    if (sessionIds.every((id) => found.has(id))) {
      client.destroy();
      return ofThese.map(({ name }) => name);
    }
    await sleep(100);
  }
}
