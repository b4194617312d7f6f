import type { Knobs } from './knobs.ts';
import { mintClientId, mintClientSecret, mintDeviceCode, mintUserCode, type RandomBytes, sha256 } from './mint.ts';
import type { Registration, Store } from './store.ts';
import { type Answer, type JsonObject, oidcError, type RunOperation, requireStrings, success } from './wire.ts';

/** What the operations of the SSO OIDC service stand on. */
export type OidcParts = {
  readonly store: Store;
  readonly knobs: Knobs;
  readonly random: RandomBytes;
  /** This service's own address, without a slash at its end. */
  readonly url: string;
  /** Start URLs that a device may name. */
  readonly startUrls: readonly string[];
  readonly registrationLifetimeSeconds: number;
};

export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const SUPPORTED_GRANTS: readonly unknown[] = [DEVICE_CODE_GRANT, 'refresh_token'];

/** Identity Center's limit "Access scopes per application". */
const MOST_SCOPES = 25;

/** RegisterClient: a public client with a secret that lasts 90 days. */
export function createRegisterClient({ store, random, registrationLifetimeSeconds }: OidcParts): RunOperation {
  return ({ body, arrivedAtEpochMs }) => {
    const read = requireStrings(body, ['clientName', 'clientType']);
    if (read.kind === 'refused') return read.answer;
    const { clientName, clientType } = read.members;
    if (clientType !== 'public') {
      return oidcError('InvalidClientMetadataException', 'Invalid client type: only public is supported');
    }
    const refusal = refuseGrantTypes(body) ?? refuseScopes(body);
    if (refusal !== undefined) return refusal;

    const scopes = (body.scopes ?? []) as readonly string[];
    const issuedAtEpochSeconds = Math.floor(arrivedAtEpochMs / 1000);
    const expiresAtEpochSeconds = issuedAtEpochSeconds + registrationLifetimeSeconds;
    const clientId = mintClientId(random);
    const facts = { clientId, clientName, scopes, issuedAtEpochSeconds, expiresAtEpochSeconds };
    const clientSecret = mintClientSecret(random, facts);
    const secretHash = sha256(clientSecret);
    store.commit({
      table: 'registration',
      record: { id: clientId, secretHash, clientName, scopes, expiresAtEpochSeconds },
    });
    return success({
      authorizationEndpoint: null,
      clientId,
      clientIdIssuedAt: issuedAtEpochSeconds,
      clientSecret,
      clientSecretExpiresAt: expiresAtEpochSeconds,
      tokenEndpoint: null,
    });
  };
}

/** StartDeviceAuthorization: a device code for the client, a user code for a person. */
export function createStartDeviceAuthorization(parts: OidcParts): RunOperation {
  const { store, knobs, random, url } = parts;
  const startUrls = new Set(parts.startUrls.map(normaliseStartUrl));
  return ({ body, arrivedAtEpochMs }) => {
    const authentication = authenticateClient(store, body, arrivedAtEpochMs);
    if (authentication.kind === 'refused') return authentication.answer;
    const read = requireStrings(body, ['startUrl']);
    if (read.kind === 'refused') return read.answer;
    if (!startUrls.has(normaliseStartUrl(read.members.startUrl))) {
      return oidcError('InvalidRequestException', `Invalid start url provided: use ${parts.startUrls.join(' or ')}`);
    }

    const deviceCode = mintDeviceCode(random);
    const userCode = mintUnusedUserCode(store, random);
    const { intervalSeconds, deviceCodeLifetimeSeconds } = knobs;
    store.commit({
      table: 'deviceCode',
      record: {
        id: sha256(deviceCode),
        userCodeHash: sha256(userCode),
        clientId: authentication.client.id,
        phase: 'pending',
        intervalSeconds,
        expiresAtEpochMs: arrivedAtEpochMs + deviceCodeLifetimeSeconds * 1000,
        lastPollAtEpochMs: null,
        sessionId: null,
      },
    });
    return success({
      deviceCode,
      expiresIn: deviceCodeLifetimeSeconds,
      interval: intervalSeconds,
      userCode,
      verificationUri: `${url}/`,
      verificationUriComplete: `${url}/?user_code=${userCode}`,
    });
  };
}

/** CreateTokenWithIAM shares the path of CreateToken (`/token?aws_iam=t`) and has no device grant. */
export const createTokenWithIam: RunOperation = () =>
  oidcError('InvalidRequestException', 'CreateTokenWithIAM is not available here: call CreateToken');

/** Finds the client of a request by its id and secret; any doubt is a 401. */
export function authenticateClient(
  store: Store,
  body: JsonObject,
  nowEpochMs: number,
): { readonly kind: 'client'; readonly client: Registration } | { readonly kind: 'refused'; readonly answer: Answer } {
  const read = requireStrings(body, ['clientId', 'clientSecret']);
  if (read.kind === 'refused') return read;
  const client = store.registration(read.members.clientId);
  const isValid =
    client !== undefined &&
    client.secretHash === sha256(read.members.clientSecret) &&
    nowEpochMs < client.expiresAtEpochSeconds * 1000;
  if (isValid) return { kind: 'client', client };
  return { kind: 'refused', answer: oidcError('InvalidClientException', 'Invalid client provided') };
}

function refuseGrantTypes(body: JsonObject): Answer | undefined {
  const grantTypes = body.grantTypes ?? [];
  if (!Array.isArray(grantTypes)) return oidcError('InvalidRequestException', 'Invalid request: grantTypes is a list');
  if (grantTypes.every((grantType) => SUPPORTED_GRANTS.includes(grantType))) return undefined;
  const description = `Unsupported grant type: register with ${SUPPORTED_GRANTS.join(' and ')} (AWS CLI: --use-device-code)`;
  return oidcError('UnsupportedGrantTypeException', description);
}

function refuseScopes(body: JsonObject): Answer | undefined {
  const scopes = body.scopes ?? [];
  const isListOfStrings =
    Array.isArray(scopes) &&
    scopes.every((scope) => typeof scope === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope));
  if (!isListOfStrings) return oidcError('InvalidScopeException', 'Invalid scopes: send a list of scope names');
  if (scopes.length <= MOST_SCOPES) return undefined;
  return oidcError('InvalidScopeException', `Invalid scopes: send at most ${MOST_SCOPES}`);
}

/** Users append `#/` or `/` to start URLs; neither makes it another one. */
function normaliseStartUrl(startUrl: string): string {
  return startUrl.replace(/#.*$/s, '').replace(/\/+$/, '');
}

/** A user code leads to one device only, so it must not be one that is remembered. */
function mintUnusedUserCode(store: Store, random: RandomBytes): string {
  for (;;) {
    const userCode = mintUserCode(random);
    if (store.deviceCodeByUserCode(sha256(userCode)) === undefined) return userCode;
  }
}
