/** A deployed broker as its devices and its operators reach it inside the emulator. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../e2e/device.ts';
import { sessionIdOf } from '../e2e/operator.ts';
import { signedFetch } from './aws-account.ts';
import type { StackOutputs } from './cdk-project.ts';

/** An answer of the ops API. */
export interface OpsAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * The broker that a stack's outputs tell of.
 *
 * @param endpoint the emulator: it serves the API under a path of its own, because nobody resolves its host name
 */
export function deployedBroker(endpoint: string, { ApiUrl = '' }: StackOutputs) {
  const { hostname, pathname } = new URL(ApiUrl);
  const [apiId = ''] = hostname.split('.');
  const api = `${endpoint}/_aws/execute-api/${apiId}${pathname}`;

  async function ops(method: string, path: string, input?: unknown): Promise<OpsAnswer> {
    const body =
      input === undefined ? {} : { body: JSON.stringify(input), headers: { 'Content-Type': 'application/json' } };
    const answer = await signedFetch(api, { service: 'execute-api', method, path, ...body });
    return { status: answer.status, body: (await answer.json()) as OpsAnswer['body'] };
  }

  return {
    api,
    ops,

    /** Makes an enrollment key, as an operator does, and answers where a device with it calls. */
    async enroll(fleet: string, startUrl: string): Promise<Endpoint> {
      const { status, body } = await ops('POST', '/enrollment-keys', { fleet });
      if (status !== 201) throw new Error(`No enrollment key: ${status} ${JSON.stringify(body)}`);
      return { deviceEndpoint: `${api}/e/${body.enrollmentKey}`, startUrl };
    },

    /** Cancels every session that is under way, so that nothing of the broker works any more. */
    async endAllSessions(): Promise<void> {
      const { body } = await ops('GET', '/sessions');
      for (const { sessionId } of body.sessions as { sessionId: string }[]) {
        await ops('POST', `/sessions/${sessionId}/cancel`, { reason: 'The broker is taken down.' });
      }
    },

    /** Waits, while the device sleeps, until its session is in a phase. */
    async reaches(deviceCode: string, phase: string, withinMs = 60_000): Promise<void> {
      const giveUpAtMs = Date.now() + withinMs;
      for (;;) {
        const { body } = await ops('GET', `/sessions/${sessionIdOf(deviceCode)}`);
        if (body.phase === phase) return;
        if (Date.now() > giveUpAtMs) throw new Error(`The session is not ${phase}: ${JSON.stringify(body)}`);
        await sleep(250);
      }
    },
  };
}
