/** Devices of a flood, over connections that stay open. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { BrokerFile } from '../../local/broker-file.ts';
import type { Latencies } from './latencies.ts';

/** A registered device. */
export interface FloodClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A code that it waits with. */
export interface FloodSession extends FloodClient {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly intervalMs: number;
}

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The calls of devices and of the people who approve them. */
export interface FloodDevices {
  send(path: string, members: object, latencies?: Latencies): Promise<Answer>;
  register(name: string): Promise<FloodClient>;
  start(client: FloodClient, latencies?: Latencies): Promise<FloodSession>;
  approve(session: FloodSession): Promise<void>;
  poll(session: FloodSession, latencies?: Latencies): Promise<Answer>;
  /** Polls every interval until there is a token. @returns undefined when there is none in a minute, or never will be */
  token(session: FloodSession, latencies?: Latencies): Promise<string | undefined>;
  close(): Promise<void>;
}

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const PATIENCE_MS = 60_000;

/** Connects devices to a broker. */
export function connectDevices(broker: BrokerFile, { connections }: { readonly connections: number }): FloodDevices {
  const api = new Pool(broker.api, { connections });
  const identityCenter = new Pool(broker.identityCenter, { connections: 8 });

  async function send(path: string, members: object, latencies?: Latencies): Promise<Answer> {
    const beganAt = performance.now();
    const headers = { 'content-type': 'application/json' };
    const { statusCode, body } = await api.request({ path, method: 'POST', headers, body: JSON.stringify(members) });
    const answer = (await body.json()) as Answer['body'];
    latencies?.add(performance.now() - beganAt);
    return { status: statusCode, body: answer };
  }

  function poll({ clientId, clientSecret, deviceCode }: FloodSession, latencies?: Latencies): Promise<Answer> {
    return send('/token', { clientId, clientSecret, deviceCode, grantType: DEVICE_CODE_GRANT }, latencies);
  }

  return {
    send,
    poll,

    async register(clientName) {
      const { body } = await send(`/e/${broker.enrollmentKey}/client/register`, { clientName, clientType: 'public' });
      return { clientId: String(body.clientId), clientSecret: String(body.clientSecret) };
    },

    async start(client, latencies) {
      for (const untilMs = Date.now() + PATIENCE_MS; ; await sleep(1_000)) {
        const { status, body } = await send(
          '/device_authorization',
          { ...client, startUrl: broker.startUrl },
          latencies,
        );
        if (status === 200) {
          const { deviceCode, userCode, interval } = body;
          const session = { deviceCode: String(deviceCode), userCode: String(userCode) };
          return { ...client, ...session, intervalMs: Number(interval) * 1_000 };
        }
        if (Date.now() > untilMs) throw new Error(`A start was answered ${status} ${JSON.stringify(body)}.`);
      }
    },

    async approve({ userCode }) {
      const { body } = await identityCenter.request({
        path: '/approve',
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ user_code: userCode }).toString(),
      });
      await body.dump();
    },

    async token(session, latencies) {
      let waitMs = session.intervalMs;
      for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs; ) {
        await sleep(waitMs);
        const { status, body } = await poll(session, latencies);
        if (status === 200) return String(body.accessToken);
        if (body.error === 'slow_down') waitMs += 5_000;
        else if (body.error !== 'authorization_pending') return undefined;
      }
      return undefined;
    },

    async close() {
      await Promise.all([api.close(), identityCenter.close()]);
    },
  };
}
