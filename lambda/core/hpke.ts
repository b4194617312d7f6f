/**
 * HPKE (RFC 9180) in base mode, one message a key: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. On Node's own crypto,
 * synchronous: WebCrypto does the same in some thirty jobs of a thread pool, and waits for each.
 *
 * How keys go in and out is chosen by measurement (docs/performance.md): bytes of which Node must find out that they are no key
 * object take longer than the arithmetic that they are for. Text (PEM) and key objects do not.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  type Hmac,
  type KeyObject,
} from 'node:crypto';

const VERSION = Buffer.from('HPKE-v1');
/** Suite ids (RFC 9180 §4.1, §5.1) with the identifiers of §7: KEM 0x0020, KDF 0x0001, AEAD 0x0002. */
const KEM_SUITE = Buffer.from('KEM\x00\x20', 'latin1');
const HPKE_SUITE = Buffer.from('HPKE\x00\x20\x00\x01\x00\x02', 'latin1');

const MODE_BASE = Buffer.of(0);
const NOTHING = Buffer.alloc(0);
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What stands before the 32 bytes of an X25519 key in DER (RFC 8410 §4 and §7). */
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Bytes of an encapsulated key: what a sealed message begins with. */
export const ENCAPSULATED_BYTES = KEY_BYTES;

/** A recipient's keys. */
export interface HpkeKeyPair {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

/** Derives a recipient's keys from a secret (RFC 9180 §7.1.3, DeriveKeyPair). @param secret at least 32 bytes of entropy */
export function deriveKeyPair(secret: Uint8Array): HpkeKeyPair {
  const prk = labeledExtract(KEM_SUITE, NOTHING, 'dkp_prk', secret);
  const key = labeledExpand(KEM_SUITE, prk, 'sk', NOTHING, KEY_BYTES);
  const privateKey = createPrivateKey(pem('PRIVATE KEY', PKCS8_PREFIX, key));
  return { privateKey, publicKey: bytesOf(createPublicKey(privateKey)) };
}

/** What all messages of one kind have in common: `key_schedule_context` of RFC 9180 §5.1. */
export type HpkeContext = Buffer;

/** Makes the context of a kind of message, once for all of them. @param info names the kind */
export function contextOf(info: Uint8Array): HpkeContext {
  return Buffer.concat([
    MODE_BASE,
    labeledExtract(HPKE_SUITE, NOTHING, 'psk_id_hash', NOTHING),
    labeledExtract(HPKE_SUITE, NOTHING, 'info_hash', info),
  ]);
}

/** What a message is bound to. */
export interface HpkeBinding {
  readonly context: HpkeContext;
  readonly additionalData: Uint8Array;
}

/** Seals a message to a public key (RFC 9180 §6.1, SealBase). @returns the encapsulated key, then the ciphertext with its tag */
export function seal(plaintext: Uint8Array, recipientPublicKey: Uint8Array, binding: HpkeBinding): Buffer {
  const ephemeral = generateKeyPairSync('x25519');
  const encapsulated = bytesOf(ephemeral.publicKey);
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: publicKeyOf(recipientPublicKey) });
  const { key, nonce } = schedule(shared, encapsulated, recipientPublicKey, binding.context);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(binding.additionalData);
  return Buffer.concat([encapsulated, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what `seal` made (RFC 9180 §6.1, OpenBase).
 *
 * @throws when it was sealed to another key, bound to something else, or changed
 */
export function open(sealed: Buffer, { privateKey, publicKey }: HpkeKeyPair, binding: HpkeBinding): Buffer {
  const encapsulated = sealed.subarray(0, ENCAPSULATED_BYTES);
  const shared = diffieHellman({ privateKey, publicKey: publicKeyOf(encapsulated) });
  const { key, nonce } = schedule(shared, encapsulated, publicKey, binding.context);
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(
    binding.additionalData,
  );
  decipher.setAuthTag(sealed.subarray(tagAt));
  return Buffer.concat([decipher.update(sealed.subarray(ENCAPSULATED_BYTES, tagAt)), decipher.final()]);
}

/** Key and nonce of the one message (RFC 9180 §4.1 ExtractAndExpand, §5.1 KeySchedule). */
function schedule(shared: Buffer, encapsulated: Uint8Array, recipientPublicKey: Uint8Array, context: HpkeContext) {
  const sharedPrk = labeledExtract(KEM_SUITE, NOTHING, 'eae_prk', shared);
  const kemContext = Buffer.concat([encapsulated, recipientPublicKey]);
  const sharedSecret = labeledExpand(KEM_SUITE, sharedPrk, 'shared_secret', kemContext, KEY_BYTES);
  const secret = labeledExtract(HPKE_SUITE, sharedSecret, 'secret', NOTHING);
  return {
    key: createSecretKey(labeledExpand(HPKE_SUITE, secret, 'key', context, KEY_BYTES)),
    nonce: labeledExpand(HPKE_SUITE, secret, 'base_nonce', context, NONCE_BYTES),
  };
}

/** RFC 9180 §4, LabeledExtract: HKDF-Extract (RFC 5869 §2.2) of labelled material. */
function labeledExtract(suite: Buffer, salt: Uint8Array, label: string, material: Uint8Array): Buffer {
  return hmac(salt).update(VERSION).update(suite).update(label).update(material).digest();
}

/** RFC 9180 §4, LabeledExpand: HKDF-Expand (RFC 5869 §2.3), whose first block is all that is ever needed of it here. */
function labeledExpand(suite: Buffer, prk: Buffer, label: string, info: Uint8Array, byteCount: number): Buffer {
  const expanded = hmac(prk).update(Buffer.of(0, byteCount)).update(VERSION).update(suite);
  return expanded.update(label).update(info).update(Buffer.of(1)).digest().subarray(0, byteCount);
}

const hmac = (key: Uint8Array): Hmac => createHmac('sha256', createSecretKey(key));

function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey(pem('PUBLIC KEY', SPKI_PREFIX, bytes));
}

/** RFC 7468 §2. */
function pem(label: string, prefix: Buffer, bytes: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.concat([prefix, bytes]).toString('base64')}\n-----END ${label}-----\n`;
}

function bytesOf(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}
