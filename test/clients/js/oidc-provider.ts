/** The same script on the broker and on oidc-provider: they answer alike, but for what is meant to differ. */

import { expect, it, vi } from 'vitest';
import { register } from '../support/device.ts';
import { approve, broker, deny } from '../support/local-broker.ts';
import { type FlowServer, runFlow } from './flow-script.ts';
import { startPeer } from './peer-server.ts';

function brokerAsPeer(): FlowServer {
  const { api, identityCenterKnobs } = broker();
  return {
    endpoints: { start: `${api}/device_authorization`, token: `${api}/token`, revoke: `${api}/revoke` },
    register: () => register(broker()),
    setCodeLifetime: (seconds) => {
      identityCenterKnobs.deviceCodeLifetimeSeconds = seconds;
    },
    approve: (userCode) => approve(broker(), userCode),
    deny: (userCode) => deny(broker(), userCode),
  };
}

/** Where the broker means to answer otherwise, and why. */
const INTENDED: Readonly<Record<string, string>> = {
  // It always says how often to poll: RFC 8628 §3.2 leaves the interval out only for 5 seconds.
  start: '200 device_code expires_in interval user_code verification_uri verification_uri_complete',
  // Its clients must authenticate, so a missing client is a failed authentication; RFC 6749 §5.2 has both.
  'start without a client': '401 invalid_client',
  // The peer never says slow_down.
  '30 polls at once': '400 authorization_pending, 400 slow_down',
  // A lost answer must not cost an approval: the same tokens again for a while. The peer also revokes what it gave.
  'token a second time': '200 access_token expires_in refresh_token token_type',
  'the same tokens a second time': 'true',
};

it('answers every step of the flow as oidc-provider does, but for the intended differences', async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  const peer = await startPeer();
  try {
    const [theirs, ours] = await Promise.all([runFlow(peer), runFlow(brokerAsPeer())]);

    expect(ours).toEqual({ ...theirs, ...INTENDED });
  } finally {
    peer.close();
    vi.restoreAllMocks();
  }
});
