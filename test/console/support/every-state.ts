/** A broker with something in every state, as an operator might find it on a morning. */

import type { LocalBroker } from '../../../local/broker.ts';
import type { LocalFleet } from '../../../local/broker-file.ts';
import { type Asked, askToSignIn, type Device, decide, goOnToAws, pollToTheEnd, waitingDevice } from './devices.ts';
import { act, operate, sessionOf } from './operator.ts';

type Fleets = Readonly<Record<'local' | 'kiosks' | 'gateways', LocalFleet>>;
type Wait = (fleet: LocalFleet, name: string) => Promise<Asked & { device: Device }>;

/** Fills the broker. @returns the devices by name */
export async function fillWithEveryState(broker: LocalBroker): Promise<ReadonlyMap<string, Device>> {
  const { local, kiosks, gateways } = broker.fleets;
  if (local === undefined || kiosks === undefined || gateways === undefined)
    throw new Error('a local fleet is missing');
  const fleets = { local, kiosks, gateways };
  const devices = new Map<string, Device>();
  const wait: Wait = async (fleet, name) => {
    const asked = await waitingDevice(fleet, name);
    devices.set(name, asked.device);
    return asked;
  };
  await makeWaiting(fleets, wait);
  await makeApproved(broker, fleets, wait);
  await makeEnded(broker, fleets, wait);
  await makeKeys(broker.api);
  return devices;
}

async function makeWaiting({ local, kiosks, gateways }: Fleets, wait: Wait): Promise<void> {
  await wait(local, 'kiosk-leipzig-07');
  await wait(local, 'kiosk-leipzig-08');
  await wait(kiosks, 'checkin-gate-a12');
  await wait(kiosks, 'checkin-gate-a14');
  await wait(gateways, 'gateway-hall-3');
  await wait(local, 'robot-arm-0042 (spare part line, building 7, second floor)');
  const atAws = await wait(kiosks, 'checkin-gate-b03');
  await goOnToAws(atAws.verificationUriComplete);
}

async function makeApproved({ identityCenter }: LocalBroker, { local }: Fleets, wait: Wait): Promise<void> {
  const delivered = await wait(local, 'kiosk-leipzig-01');
  await decide(identityCenter, 'approve', delivered.userCode);
  await pollToTheEnd(delivered.device, delivered);
  const approved = await wait(local, 'kiosk-leipzig-03');
  await decide(identityCenter, 'approve', approved.userCode);
}

async function makeEnded(broker: LocalBroker, { local, kiosks, gateways }: Fleets, wait: Wait): Promise<void> {
  const { api, identityCenter, identityCenterKnobs } = broker;
  const denied = await wait(local, 'kiosk-leipzig-02');
  await decide(identityCenter, 'deny', denied.userCode);
  await pollToTheEnd(denied.device, denied);
  const cancelled = await wait(kiosks, 'checkin-gate-c01');
  await act(
    api,
    `/sessions/${await sessionOf(api, cancelled.device.clientId)}/cancel`,
    'Was installed at the wrong gate',
  );
  const locked = await wait(gateways, 'gateway-hall-9');
  await act(api, `/clients/${locked.device.clientId}/lock`, 'Reported stolen on Friday');
  const revoked = await wait(gateways, 'gateway-hall-1');
  await act(api, `/clients/${revoked.device.clientId}/revoke`, 'Scrapped');
  const superseded = await wait(local, 'kiosk-leipzig-05');
  await askToSignIn(superseded.device);
  const { deviceCodeLifetimeSeconds } = identityCenterKnobs;
  identityCenterKnobs.deviceCodeLifetimeSeconds = 1;
  await wait(local, 'kiosk-leipzig-04');
  identityCenterKnobs.deviceCodeLifetimeSeconds = deviceCodeLifetimeSeconds;
}

async function makeKeys(api: string): Promise<void> {
  const make = (key: object) =>
    operate<{ enrollmentKeyId: string }>(api, {
      method: 'POST',
      path: '/enrollment-keys',
      body: JSON.stringify(key),
    });
  await make({ fleet: 'kiosks', note: 'Check-in gates, terminal 2, installers of Friday', maxUses: 40 });
  await make({ fleet: 'gateways', note: 'Hall 3', maxUses: 1, lifetimeSeconds: 86_400 });
  const lost = await make({ fleet: 'local', note: 'Lent to the trade fair' });
  await act(api, `/enrollment-keys/${lost.enrollmentKeyId}/revoke`, 'Printed on a poster');
}
