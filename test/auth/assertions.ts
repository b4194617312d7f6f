import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { START_SECONDS } from '../support/fake-clock.ts';

/** A device with a key of its own: what it registers, and how it signs. */
export interface KeyedDevice {
  readonly publicKey: JWK;
  /** Signs an assertion as a careful device does; what a test is about, it changes. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

let signed = 0;

/** Makes a device's key pair. @param alg what it signs with: `EdDSA`, `Ed25519`, `ES256`, `RS256` or one that is not offered */
export async function makeKeyedDevice(alg: string): Promise<KeyedDevice> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    publicKey: await exportJWK(publicKey),
    async sign(claims, header = {}) {
      signed += 1;
      const all = { jti: `assertion ${signed}`, exp: START_SECONDS + 60, iat: START_SECONDS, ...claims };
      const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return new SignJWT(present).setProtectedHeader({ alg, ...header }).sign(privateKey);
    },
  };
}
