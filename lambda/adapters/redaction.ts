import { REDACTED } from '../core/secret.ts';

/**
 * The log's last line of defence: a field with one of these names is never written, whoever put it there. The types of events
 * have no room for such fields; this is for what types cannot see.
 */
export const REDACTED_FIELDS: ReadonlySet<string> = new Set([
  'accesstoken',
  'assertion',
  'authorization',
  'clientassertion',
  'clientsecret',
  'cookie',
  'csrftoken',
  'devicecode',
  'enrollmentkey',
  'handle',
  'idtoken',
  'password',
  'plaintext',
  'privatekey',
  'refreshtoken',
  'sealedcredentials',
  'sealedcustody',
  'sealedtokens',
  'secret',
  'secretaccesskey',
  'sessiontoken',
  'token',
  'upstreamdevicecode',
  'upstreamusercode',
  'upstreamverificationuricomplete',
  'usercode',
  'verificationuricomplete',
]);

/** Redacts by a field's name in any spelling (`deviceCode`, `device_code`, `Device-Code`); for `JSON.stringify`. */
export function redactFields(key: string, value: unknown): unknown {
  const isSecret = value !== undefined && REDACTED_FIELDS.has(key.toLowerCase().replaceAll(/[_-]/g, ''));
  return isSecret ? REDACTED : value;
}
