/** Devices that poll at their interval, and people who approve at some moment: how long it takes to come through. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { LatencyBroker } from './latency-broker.ts';

export interface WaitingDevicesOptions {
  readonly broker: LatencyBroker;
  readonly sessions: number;
  readonly intervalSeconds: number;
  readonly random: () => number;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Connections that the devices and the people share. */
const CONNECTIONS = 32;

/** Lets all sessions run their course. @returns from each approval to the tokens in the device's hands, in milliseconds */
export async function approvalLatencies(options: WaitingDevicesOptions): Promise<number[]> {
  const { broker, sessions, intervalSeconds, random } = options;
  const intervalMs = intervalSeconds * 1000;
  const api = new Pool(broker.api, { connections: CONNECTIONS });
  const people = new Pool(broker.identityCenter, { connections: CONNECTIONS });
  const path = new URL(`${broker.deviceEndpoint}/client/register`).pathname;

  async function wait(clientId: string, clientSecret: string): Promise<number> {
    const credentials = { client_id: clientId, client_secret: clientSecret };
    const { body } = await post(api, '/device_authorization', credentials);
    if (body.interval !== intervalSeconds) throw new Error(`The interval is ${String(body.interval)} s.`);
    const grant = {
      ...credentials,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(body.device_code),
    };
    const approval = approveAfter(intervalMs * (1 + random() * 2), String(body.user_code));
    for (;;) {
      await sleep(intervalMs);
      const answer = await post(api, '/token', grant);
      if (answer.status === 200) return performance.now() - (await approval);
      if (answer.body.error !== 'authorization_pending')
        throw new Error(`A poll was answered ${JSON.stringify(answer.body)}.`);
    }
  }

  /** @returns when the person's click was answered */
  async function approveAfter(milliseconds: number, userCode: string): Promise<number> {
    await sleep(milliseconds);
    const approved = await post(people, '/approve', { user_code: userCode });
    if (approved.status !== 200) throw new Error('An approval was refused.');
    return performance.now();
  }

  try {
    const clients: { clientId: string; clientSecret: string }[] = [];
    for (let place = 0; place < sessions; place += 1) {
      const { body } = await post(
        api,
        path,
        undefined,
        JSON.stringify({ clientName: `bench-${place}`, clientType: 'public' }),
      );
      clients.push({ clientId: String(body.clientId), clientSecret: String(body.clientSecret) });
    }
    // Spread over two intervals, so that neither polls nor approvals come in step.
    return await Promise.all(
      clients.map(async ({ clientId, clientSecret }) => {
        await sleep(random() * intervalMs * 2);
        return wait(clientId, clientSecret);
      }),
    );
  } finally {
    await Promise.all([api.close(), people.close()]);
  }
}

async function post(pool: Pool, path: string, form?: Record<string, string>, json?: string): Promise<Answer> {
  const { statusCode, body } = await pool.request({
    path,
    method: 'POST',
    headers: { 'content-type': form === undefined ? 'application/json' : 'application/x-www-form-urlencoded' },
    body: form === undefined ? (json ?? '') : new URLSearchParams(form).toString(),
  });
  const text = await body.text();
  return { status: statusCode, body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {} };
}
