/** A running local broker for a test file, with devices of any of its fleets and the people around them. */

import { afterAll, beforeAll } from 'vitest';
import { sessionIdOf } from '../../lambda/core/device-code.ts';
import { type LocalBroker, startLocalBroker } from '../../local/broker.ts';
import { type Answer, eventually, postForm, postJson, send } from '../clients/support/http.ts';
import { continueToAws } from './browser.ts';

export type FleetName = 'local' | 'kiosks' | 'gateways';

/** A registered device. */
export interface RunningClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A device that waits for its approval. */
export interface RunningDevice extends RunningClient {
  readonly fleet: FleetName;
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string;
  readonly expiresIn: number;
  readonly interval: number;
}

/** A device that has its handle. */
export interface RunningSignIn extends RunningDevice {
  readonly handle: string;
  /** The answer of `/token` with which it came. */
  readonly answer: Answer;
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** The local API looks at the form of a signature only. */
const SIGNED = {
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/** One broker for the whole test file: started before its first test, ended after its last. */
export function useRunningBroker() {
  let started: LocalBroker | undefined;
  beforeAll(async () => {
    started = await startLocalBroker({ port: 0, ephemeral: true });
  });
  afterAll(async () => {
    await started?.close();
  });

  function broker(): LocalBroker {
    if (started === undefined) throw new Error('The broker is not running yet: call this inside a test.');
    return started;
  }

  const fleetOf = (fleet: FleetName) => {
    const found = broker().fleets[fleet];
    if (found === undefined) throw new Error(`The local broker has no fleet ${fleet}.`);
    return found;
  };

  async function register(fleet: FleetName, clientName = `${fleet}-1`): Promise<RunningClient> {
    const url = `${fleetOf(fleet).deviceEndpoint}/client/register`;
    const { body } = await postJson(url, { clientName, clientType: 'public' });
    return { clientId: String(body.clientId), clientSecret: String(body.clientSecret) };
  }

  async function start(fleet: FleetName, client?: RunningClient): Promise<RunningDevice> {
    const { clientId, clientSecret } = client ?? (await register(fleet));
    const { startUrl } = fleetOf(fleet);
    const { body } = await postJson(`${broker().api}/device_authorization`, { clientId, clientSecret, startUrl });
    return { clientId, clientSecret, fleet, ...body } as unknown as RunningDevice;
  }

  const token = (parameters: object): Promise<Answer> => postJson(`${broker().api}/token`, parameters);
  const tokenByForm = (parameters: Record<string, string>): Promise<Answer> =>
    postForm(`${broker().api}/token`, parameters);

  function poll({ clientId, clientSecret, deviceCode }: RunningDevice): Promise<Answer> {
    return token({ clientId, clientSecret, deviceCode, grantType: DEVICE_GRANT });
  }

  function decide(decision: 'approve' | 'deny', userCode: string): Promise<Answer> {
    return postForm(`${broker().identityCenter}/${decision}`, { user_code: userCode });
  }

  function operate(method: string, path: string, body?: object): Promise<Answer> {
    const headers = { ...SIGNED, 'Content-Type': 'application/json' };
    return send(`${broker().api}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  }

  async function session({ deviceCode }: Pick<RunningDevice, 'deviceCode'>): Promise<Answer['body']> {
    return (await operate('GET', `/sessions/${sessionIdOf(deviceCode)}`)).body;
  }

  /** Polls until the answer is a settled one, of success or not. */
  function pollToTheEnd(device: RunningDevice): Promise<Answer> {
    return eventually(async () => {
      const answer = await poll(device);
      return answer.body.error === 'authorization_pending' ? undefined : answer;
    });
  }

  /** A device of a fleet goes the whole way to its handle. */
  async function signIn(fleet: FleetName, client?: RunningClient): Promise<RunningSignIn> {
    const device = await start(fleet, client);
    const { userCode, verificationUriComplete } = device;
    await decide('approve', fleet === 'local' ? userCode : await continueToAws(verificationUriComplete));
    const answer = await pollToTheEnd(device);
    return { ...device, handle: String(answer.body.refreshToken), answer };
  }

  return {
    broker,
    register,
    start,
    poll,
    pollToTheEnd,
    signIn,
    decide,
    /** An operator's call. */
    operate,
    /** A device's session, as operators see it. */
    session,

    /** Waits, without polling as the device would, until a session is in a phase. */
    reaches: (device: RunningDevice, phase: string): Promise<true> =>
      eventually(async () => ((await session(device)).phase === phase ? true : undefined), { everyMs: 100 }),

    /** The same poll in the dialect of RFC 8628. */
    pollByForm: ({ clientId, clientSecret, deviceCode }: RunningDevice): Promise<Answer> =>
      tokenByForm({
        client_id: clientId,
        client_secret: clientSecret,
        device_code: deviceCode,
        grant_type: DEVICE_GRANT,
      }),

    refresh: ({ clientId, clientSecret }: RunningClient, refreshToken: string): Promise<Answer> =>
      token({ clientId, clientSecret, refreshToken, grantType: 'refresh_token' }),

    refreshByForm: ({ clientId, clientSecret }: RunningClient, refreshToken: string): Promise<Answer> =>
      tokenByForm({
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
        grant_type: 'refresh_token',
      }),

    /** How often Identity Center was asked this, since the broker started, with this outcome. */
    upstreamCalls: (operation: string, outcome?: string): number =>
      broker().identityCenterCalls.filter(
        (call) => call.operation === operation && (outcome === undefined || call.outcome === outcome),
      ).length,
  };
}

export type RunningBroker = ReturnType<typeof useRunningBroker>;
