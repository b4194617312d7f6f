import { type Client, type ClientIdentity, inGoodStanding } from './client.ts';
import { type AssertionStore, type ClientAssertion, verifyAssertion } from './client-assertion.ts';
import { matchesHash } from './hashing.ts';
import { isRefusal, type Refusal, refuse } from './oauth-error.ts';
import type { Clock } from './ports.ts';
import type { Settings } from './settings.ts';

/** What a request shows of its sender. Which of it counts, the deployment's `deviceAuth` says. */
export interface ClientProof {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly assertion?: ClientAssertion | undefined;
  /** The ARN of the IAM principal that signed the request, by the gateway's word. */
  readonly principal?: string | undefined;
  /** The names in the certificate of the connection, by the gateway's word: `DNS:…`, `URI:…`. */
  readonly certificateNames?: readonly string[] | undefined;
}

/**
 * Authenticates a client (RFC 6749 §2.3).
 *
 * @param client what the store has under the presented id
 * @returns the client, or invalid_client; an unknown id and a wrong proof are told in the same words
 */
export type AuthenticateClient = (client: Client | undefined, proof: ClientProof) => Promise<Client | Refusal>;

export interface AuthenticateDependencies {
  readonly settings: Pick<Settings, 'deviceAuth'>;
  readonly assertions: AssertionStore;
  readonly clock: Clock;
}

/** Makes the one step that every request of a known device begins with. */
export function makeAuthenticateClient({ settings, assertions, clock }: AuthenticateDependencies): AuthenticateClient {
  return async function authenticate(client, proof) {
    switch (settings.deviceAuth) {
      case 'client_secret':
        return bySecret(client, proof);
      case 'private_key_jwt':
        return byAssertion(client, proof);
      case 'iam':
      case 'mtls':
        return byIdentity(client, proof);
      default:
        return settings.deviceAuth satisfies never;
    }
  };

  function bySecret(client: Client | undefined, { clientSecret }: ClientProof): Client | Refusal {
    if (client === undefined || clientSecret === undefined || !matchesHash(clientSecret, client.clientSecretHash)) {
      return WRONG_SECRET;
    }
    return inGoodStanding(client, clock.nowMs());
  }

  /** The assertion is used up last: one that is refused for another reason may be sent again. */
  async function byAssertion(client: Client | undefined, proof: ClientProof): Promise<Client | Refusal> {
    const keys = client?.identity?.method === 'private_key_jwt' ? client.identity.keys : [];
    if (proof.assertion === undefined) return NO_ASSERTION;
    const verified = await verifyAssertion(proof.assertion, proof.clientId, keys, clock.nowMs());
    if (isRefusal(verified)) return verified;
    const standing = inGoodStanding(client as Client, clock.nowMs());
    if (isRefusal(standing)) return standing;
    return (await assertions.useOnce(verified)) ? standing : REPLAYED;
  }

  /** A client secret is not asked for then (no SDK goes without one), but a wrong one is wrong. */
  function byIdentity(client: Client | undefined, proof: ClientProof): Client | Refusal {
    if (client === undefined || !holds(client.identity, proof)) return ANOTHER_IDENTITY;
    const { clientSecret } = proof;
    if (clientSecret !== undefined && !matchesHash(clientSecret, client.clientSecretHash)) return WRONG_SECRET;
    return inGoodStanding(client, clock.nowMs());
  }

  function holds(identity: ClientIdentity | undefined, { principal, certificateNames = [] }: ClientProof): boolean {
    if (identity?.method !== settings.deviceAuth) return false;
    if (identity.method === 'iam') return identity.principal === principal;
    return identity.method === 'mtls' && certificateNames.includes(identity.certificateName);
  }
}

const WRONG_SECRET = refuse(
  'invalid_client',
  'Unknown client or wrong client secret. Register this device again with its enrollment key.',
);

const NO_ASSERTION = refuse(
  'invalid_client',
  'Client authentication is missing. Send client_assertion_type and client_assertion, signed with the key of this device.',
);

const REPLAYED = refuse(
  'invalid_client',
  'This assertion was used before. Sign a new one, with a jti of its own, for every request.',
);

const ANOTHER_IDENTITY = refuse(
  'invalid_client',
  'Unknown client, or it belongs to another identity than this request shows. Register this device again with its enrollment key.',
);
