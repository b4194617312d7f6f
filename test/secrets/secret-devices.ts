/** The devices of a run with client secrets, most of them at the same time. */

import type { LocalBroker } from '../../local/broker.ts';
import { pollToTheEnd, register } from '../e2e/device.ts';
import {
  clumsyDevice,
  credentialsDevice,
  damagedDevice,
  deferredDevice,
  deniedDevice,
  impatientDevice,
  refreshAndRevoke,
  rfcDevice,
  signInBriefly,
  startBriefly,
} from './devices.ts';
import type { RunDevices } from './mixed-run.ts';

/** Devices with client secrets. */
export const SECRET_DEVICES: RunDevices = {
  deviceAuth: 'client_secret',

  async run(broker) {
    const expiring = await startBriefly(broker);
    const refreshing = await signInBriefly(broker);
    const [clumsy, credentials] = await Promise.all([
      clumsyDevice(broker),
      credentialsDevice(broker, 'gateways'),
      damagedDevice(broker),
      deferredDevice(broker, 'kiosks'),
      deniedDevice(broker),
      impatientDevice(broker),
      pollToTheEnd(broker, expiring),
      refreshAndRevoke(broker, refreshing),
      rfcDevice(broker),
    ]);
    return [...clumsy, ...credentials].map((value) => ({ value, kind: 'a wrong secret' }));
  },

  async startOne(broker: LocalBroker, name: string, traceparent: string): Promise<string> {
    const { clientId, clientSecret } = await register(broker, name);
    const response = await fetch(`${broker.deviceEndpoint}/device_authorization`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', traceparent },
      body: JSON.stringify({ clientId, clientSecret, startUrl: broker.startUrl }),
    });
    return String(((await response.json()) as { deviceCode?: unknown }).deviceCode);
  },
};
