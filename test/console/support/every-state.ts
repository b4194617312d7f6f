/** A broker with something in every state, as an operator might find it on a morning. */

import type { LocalBroker } from '../../../local/broker.ts';
import { askToSignIn, type Device, decide, goOnToAws, pollToTheEnd, registerDevice, waitingDevice } from './devices.ts';
import { act, operate, sessionOf } from './operator.ts';

/** Fills the broker. @returns the devices by name */
export async function fillWithEveryState(broker: LocalBroker): Promise<ReadonlyMap<string, Device>> {
  const { api, identityCenter, fleets } = broker;
  const { local, kiosks, gateways } = fleets;
  if (local === undefined || kiosks === undefined || gateways === undefined)
    throw new Error('a local fleet is missing');
  const devices = new Map<string, Device>();
  const waiting = async (fleet: typeof local, name: string) => {
    const asked = await waitingDevice(fleet, name);
    devices.set(name, asked.device);
    return asked;
  };

  for (const [fleet, name] of [
    [local, 'kiosk-leipzig-07'],
    [local, 'kiosk-leipzig-08'],
    [kiosks, 'checkin-gate-a12'],
    [kiosks, 'checkin-gate-a14'],
    [gateways, 'gateway-hall-3'],
    [local, 'robot-arm-0042 (spare part line, building 7, second floor)'],
  ] as const) {
    await waiting(fleet, name);
  }
  const atAws = await waiting(kiosks, 'checkin-gate-b03');
  await goOnToAws(atAws.verificationUriComplete);

  const delivered = await waiting(local, 'kiosk-leipzig-01');
  await decide(identityCenter, 'approve', delivered.userCode);
  await pollToTheEnd(delivered.device, delivered);

  const denied = await waiting(local, 'kiosk-leipzig-02');
  await decide(identityCenter, 'deny', denied.userCode);
  await pollToTheEnd(denied.device, denied);

  const cancelled = await waiting(kiosks, 'checkin-gate-c01');
  await act(
    api,
    `/sessions/${await sessionOf(api, cancelled.device.clientId)}/cancel`,
    'Was installed at the wrong gate',
  );
  const locked = await waiting(gateways, 'gateway-hall-9');
  await act(api, `/clients/${locked.device.clientId}/lock`, 'Reported stolen on Friday');
  const revoked = await waiting(gateways, 'gateway-hall-1');
  await act(api, `/clients/${revoked.device.clientId}/revoke`, 'Scrapped');

  const again = await registerDevice(local, 'kiosk-leipzig-05');
  devices.set(again.name, again);
  await askToSignIn(again);
  await askToSignIn(again);

  broker.identityCenterKnobs.deviceCodeLifetimeSeconds = 1;
  await waiting(local, 'kiosk-leipzig-04');
  broker.identityCenterKnobs.deviceCodeLifetimeSeconds = 600;

  const approved = await waiting(local, 'kiosk-leipzig-03');
  await decide(identityCenter, 'approve', approved.userCode);

  for (const key of [
    { fleet: 'kiosks', note: 'Check-in gates, terminal 2, installers of Friday', maxUses: 40 },
    { fleet: 'gateways', note: 'Hall 3', maxUses: 1, lifetimeSeconds: 86_400 },
  ]) {
    await operate(api, { method: 'POST', path: '/enrollment-keys', body: JSON.stringify(key) });
  }
  const lost = await operate<{ enrollmentKeyId: string }>(api, {
    method: 'POST',
    path: '/enrollment-keys',
    body: JSON.stringify({ fleet: 'local', note: 'Lent to the trade fair' }),
  });
  await act(api, `/enrollment-keys/${lost.enrollmentKeyId}/revoke`, 'Printed on a poster');
  return devices;
}
