/** A running local broker for a test file, and what a person and an operator do with it. */

import { afterAll, beforeAll } from 'vitest';
import { type LocalBroker, startLocalBroker } from '../../../local/broker.ts';
import { type Answer, postForm, send } from './http.ts';

/**
 * The broker of the test file that imports this: started before its first test, ended after its last. A start takes
 * seconds, so a test file is a list of suites that share one.
 */
export const broker = useBroker();

function useBroker(): () => LocalBroker {
  let running: LocalBroker | undefined;
  beforeAll(async () => {
    running = await startLocalBroker({ port: 0, ephemeral: true });
  });
  afterAll(async () => {
    await running?.close();
  });
  return () => {
    if (running === undefined) throw new Error('The broker is not running yet: call this inside a test.');
    return running;
  };
}

/** A person approves at Identity Center. */
export function approve({ identityCenter }: LocalBroker, userCode: string): Promise<Answer> {
  return postForm(`${identityCenter}/approve`, { user_code: userCode });
}

/** A person denies at Identity Center. */
export function deny({ identityCenter }: LocalBroker, userCode: string): Promise<Answer> {
  return postForm(`${identityCenter}/deny`, { user_code: userCode });
}

/** The local API looks at the form of a signature only. */
const SIGNED = {
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/** An operator's call. */
export function operate({ api }: LocalBroker, method: string, path: string, body?: object): Promise<Answer> {
  return send(`${api}${path}`, {
    method,
    headers: { ...SIGNED, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** How often upstream was asked this, since the broker started, with this outcome. */
export function upstreamCalls({ identityCenterCalls }: LocalBroker, operation: string, outcome?: string): number {
  return identityCenterCalls.filter(
    (call) => call.operation === operation && (outcome === undefined || call.outcome === outcome),
  ).length;
}
