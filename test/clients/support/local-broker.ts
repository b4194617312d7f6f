/** A running local broker for a test file, and what a person and an operator do with it. */

import { afterAll, beforeAll } from 'vitest';
import { type LocalBroker, startLocalBroker } from '../../../local/broker.ts';
import { type Answer, postForm, send } from './http.ts';

/** One broker for the whole file: started before its first test, ended after its last. */
export function useBroker(): () => LocalBroker {
  let broker: LocalBroker | undefined;
  beforeAll(async () => {
    broker = await startLocalBroker({ port: 0, ephemeral: true });
  });
  afterAll(async () => {
    await broker?.close();
  });
  return () => {
    if (broker === undefined) throw new Error('The broker is not running yet: call this inside a test.');
    return broker;
  };
}

/** A person approves at Identity Center. */
export function approve(broker: LocalBroker, userCode: string): Promise<Answer> {
  return postForm(`${broker.identityCenter}/approve`, { user_code: userCode });
}

/** A person denies at Identity Center. */
export function deny(broker: LocalBroker, userCode: string): Promise<Answer> {
  return postForm(`${broker.identityCenter}/deny`, { user_code: userCode });
}

/** The local API looks at the form of a signature only. */
const SIGNED = {
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/** An operator's call. */
export function operate(broker: LocalBroker, method: string, path: string, body?: object): Promise<Answer> {
  return send(`${broker.api}${path}`, {
    method,
    headers: { ...SIGNED, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** How often upstream was asked this, since the broker started, with this outcome. */
export function upstreamCalls(broker: LocalBroker, operation: string, outcome?: string): number {
  return broker.identityCenterCalls.filter(
    (call) => call.operation === operation && (outcome === undefined || call.outcome === outcome),
  ).length;
}
