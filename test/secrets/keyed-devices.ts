/** The devices of a run with keys of their own: assertions and private keys are secrets, too. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { JWT_BEARER } from '../../lambda/http/client-proof.ts';
import { DEVICE_CODE_GRANT } from '../../lambda/http/device-routes.ts';
import type { LocalBroker } from '../../local/broker.ts';
import { decide } from '../e2e/device.ts';
import type { Needle } from './leaks.ts';
import type { RunDevices } from './mixed-run.ts';

type Members = Readonly<Record<string, unknown>>;

/** A device with its key, and every secret that it has made. */
async function makeKeyedDevice({ api, enrollmentKey }: LocalBroker, needles: Needle[]) {
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const privateJwk = await exportJWK(privateKey);
  needles.push({ value: String(privateJwk.d), kind: "a device's private key" });
  let clientId = '';

  async function post(path: string, members: Members, headers: Record<string, string> = {}): Promise<Members> {
    const body = JSON.stringify(members);
    const all = { 'Content-Type': 'application/json', ...headers };
    return (await fetch(`${api}${path}`, { method: 'POST', headers: all, body })).json() as Promise<Members>;
  }

  async function sign(audience = api): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), exp: now + 60 };
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);
    needles.push({ value: assertion, kind: 'an assertion' });
    return assertion;
  }

  return {
    post,
    sign,
    privateJwk,
    /** Registers with a key. @param key @default - the public one */
    async register(name: string, key?: object): Promise<Members> {
      const metadata = { client_name: name, jwks: { keys: [key ?? (await exportJWK(publicKey))] } };
      const answer = await post('/register', metadata, { Authorization: `Bearer ${enrollmentKey}` });
      clientId = String(answer.client_id);
      return answer;
    },
    /** A call with an assertion. @param clientAssertion @default - a fresh one */
    async call(path: string, members: Members, clientAssertion?: string, headers = {}): Promise<Members> {
      const proof = { clientId, clientAssertionType: JWT_BEARER, clientAssertion: clientAssertion ?? (await sign()) };
      return post(path, { ...proof, ...members }, headers);
    },
  };
}

/** Devices with keys. */
export const KEYED_DEVICES: RunDevices = {
  deviceAuth: 'private_key_jwt',

  async run(broker) {
    const needles: Needle[] = [];
    const device = await makeKeyedDevice(broker, needles);
    const { startUrl } = broker;
    // Its private key, by mistake.
    await device.register('keyed', device.privateJwk);
    await device.register('keyed');
    const used = await device.sign();
    const started = await device.call('/device_authorization', { startUrl }, used);
    await decide(broker.identityCenter, 'approve', { userCode: String(started.userCode) });
    const members = { grantType: DEVICE_CODE_GRANT, deviceCode: started.deviceCode };
    let answer = await device.call('/token', members);
    for (; answer.error === 'authorization_pending'; answer = await device.call('/token', members)) await sleep(1_000);
    if (typeof answer.accessToken !== 'string') throw new Error('The keyed device has no token.');
    // A used one, one for somebody else, and one in the wrong place.
    await device.call('/token', members, used);
    await device.call('/token', members, await device.sign('https://elsewhere.example'));
    const stray = await device.sign();
    await device.post(`/token/${stray}`, {});
    await fetch(`${broker.api}/token?client_assertion=${stray}`, { headers: { Authorization: `Bearer ${stray}` } });
    await device.call('/token', { ...members, grantType: stray });
    await device.call('/token', { grantType: 'refresh_token', refreshToken: answer.refreshToken });
    await device.call('/revoke', { token: answer.refreshToken });
    return needles;
  },

  async startOne(broker, name, traceparent) {
    const device = await makeKeyedDevice(broker, []);
    await device.register(name);
    const members = { startUrl: broker.startUrl };
    return String((await device.call('/device_authorization', members, undefined, { traceparent })).deviceCode);
  },
};
