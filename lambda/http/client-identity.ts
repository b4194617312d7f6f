import type { ClientIdentity } from '../core/client.ts';
import { readPublicKeys } from '../core/client-keys.ts';
import { OAuthError, orThrow, refuse } from '../core/oauth-error.ts';
import type { DeviceAuth } from '../core/settings.ts';
import { certificateNamesIn, principalOf } from './client-proof.ts';
import type { DeviceEvent } from './device-event.ts';
import { optionalString, type Parameters } from './parameters.ts';

/**
 * How a client authenticates, by the names of RFC 7591 §2 and RFC 8705 §2.1. (`aws_iam` is ours: nobody registered one.) The
 * first is what a registration without any gets.
 */
export const AUTH_METHODS: Readonly<Record<DeviceAuth, readonly [string, ...string[]]>> = {
  client_secret: ['client_secret_basic', 'client_secret_post'],
  private_key_jwt: ['private_key_jwt'],
  iam: ['aws_iam'],
  mtls: ['tls_client_auth'],
};

/**
 * What a device will show instead of a secret, bound at its registration.
 *
 * @param metadata the client metadata of RFC 7591; of RegisterClient nothing is known but that it has none
 * @returns undefined where a secret is what it shows
 * @throws OAuthError invalid_client_metadata when it cannot be bound
 */
export function readClientIdentity(
  event: DeviceEvent,
  metadata: Parameters,
  deviceAuth: DeviceAuth,
): ClientIdentity | undefined {
  switch (deviceAuth) {
    case 'client_secret':
      return undefined;
    case 'private_key_jwt':
      return { method: 'private_key_jwt', keys: keysIn(metadata) };
    case 'iam':
      return { method: 'iam', principal: principalOf(event) };
    case 'mtls':
      return { method: 'mtls', certificateName: certificateNameIn(event, metadata) };
    default:
      return deviceAuth satisfies never;
  }
}

/** What a registration's answer says of it (RFC 7591 §3.2.1), in the model's spelling. */
export function registeredIdentity(identity: ClientIdentity): Readonly<Record<string, unknown>> {
  switch (identity.method) {
    case 'private_key_jwt':
      return { jwks: { keys: identity.keys } };
    case 'iam':
      return { principal: identity.principal };
    case 'mtls': {
      const [, kind, name] = /^(DNS|URI):(.*)$/s.exec(identity.certificateName) ?? [];
      return kind === 'DNS' ? { tlsClientAuthSanDns: name } : { tlsClientAuthSanUri: name };
    }
    default:
      return identity satisfies never;
  }
}

function keysIn({ values }: Parameters) {
  if (Object.hasOwn(values, 'jwksUri')) {
    throw wrong('A jwks_uri is not fetched here. Send the public key of this device as jwks.');
  }
  return orThrow(readPublicKeys(Object.hasOwn(values, 'jwks') ? values.jwks : undefined));
}

/** The certificate's one name, or the one of several that the registration asks for (RFC 8705 §2.1.2). */
function certificateNameIn(event: DeviceEvent, metadata: Parameters): string {
  const names = certificateNamesIn(event);
  const dns = optionalString(metadata, 'tlsClientAuthSanDns');
  const uri = optionalString(metadata, 'tlsClientAuthSanUri');
  const asked = [
    ...(dns === undefined ? [] : [`DNS:${dns.toLowerCase()}`]),
    ...(uri === undefined ? [] : [`URI:${uri}`]),
  ];
  const [name, ...others] = asked.length === 0 ? names : asked;
  if (name === undefined || others.length > 0) {
    throw wrong(
      'The certificate has several names. Say which one is this device, as tls_client_auth_san_dns or tls_client_auth_san_uri.',
    );
  }
  if (!names.includes(name)) {
    throw wrong(
      'The certificate of this connection does not have that name. Register over a connection that shows it.',
    );
  }
  return name;
}

function wrong(description: string): OAuthError {
  return new OAuthError(refuse('invalid_client_metadata', description));
}
