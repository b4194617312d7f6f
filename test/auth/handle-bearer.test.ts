import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { clientSecretOf } from '../support/fake-records.ts';
import { DEVICE, makeWholeBroker } from '../support/whole-broker.ts';

describe('a handle where devices have certificates (RFC 8705 §3)', () => {
  const signedIn = async (own: object) => {
    const broker = makeWholeBroker({ time: makeFakeClock() });
    const { clientId } = await broker.enroll({ fleet: 'gateways', ...own });
    const { handle } = await broker.signIn('gateways', { clientId, clientSecret: clientSecretOf(clientId) });
    return (certificateNames?: readonly string[]) => broker.roleCredentials(handle, { ...DEVICE, certificateNames });
  };
  const identity = { method: 'mtls', certificateName: 'DNS:kiosk-7.example.com' };

  it('opens over a connection with a certificate of its device', async () => {
    const fetchCredentials = await signedIn({ identity });

    expect(await fetchCredentials(['URI:spiffe://x', 'DNS:kiosk-7.example.com'])).toHaveProperty('secretAccessKey');
  });

  it('opens nothing over another device’s connection', async () => {
    const fetchCredentials = await signedIn({ identity });

    expect(await fetchCredentials(['DNS:kiosk-8.example.com'])).toMatchObject({ refused: 'access_denied' });
    expect(await fetchCredentials([])).toMatchObject({ refused: 'access_denied' });
  });

  it('of a client without a certificate opens nothing any more', async () => {
    const fetchCredentials = await signedIn({});

    expect(await fetchCredentials(['DNS:kiosk-7.example.com'])).toMatchObject({ refused: 'access_denied' });
  });

  it('is all that it takes where devices have none', async () => {
    const fetchCredentials = await signedIn({});

    expect(await fetchCredentials()).toHaveProperty('secretAccessKey');
  });
});
