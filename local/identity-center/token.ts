import type { CallLog } from './calls.ts';
import { mintAccessToken, mintRefreshToken, sha256 } from './mint.ts';
import { authenticateClient, DEVICE_CODE_GRANT, type OidcParts } from './oidc.ts';
import type { Change, DeviceCode, PortalSession, Registration } from './store.ts';
import { type Answer, type OperationRequest, oidcError, type RunOperation, requireStrings, success } from './wire.ts';

/** With this scope tokens are short and can be refreshed; without it they last 8 h and cannot. */
const REFRESHABLE_SCOPE = 'sso:account:access';
const UNSCOPED_TOKEN_SECONDS = 28_800;

/** How long a refresh token works on after a newer one was issued, so that a lost answer does not end the session. */
const REPLACED_TOKEN_GRACE_MS = 60_000;

/** Every slow_down makes the interval longer, for this and all later polls (RFC 8628 section 3.5). */
const SLOW_DOWN_SECONDS = 5;

/** CreateToken: the device code and the refresh token grants. Polls that come too early are counted in `calls.early`. */
export function createCreateToken(parts: OidcParts, calls: CallLog): RunOperation {
  return (request) => {
    const authentication = authenticateClient(parts.store, request.body, request.arrivedAtEpochMs);
    if (authentication.kind === 'refused') return authentication.answer;
    const read = requireStrings(request.body, ['grantType']);
    if (read.kind === 'refused') return read.answer;
    switch (read.members.grantType) {
      case DEVICE_CODE_GRANT:
        return redeemDeviceCode(parts, calls, authentication.client, request);
      case 'refresh_token':
        return refresh(parts, authentication.client, request);
      default:
        return oidcError(
          'UnsupportedGrantTypeException',
          `Unsupported grant type: use ${DEVICE_CODE_GRANT} or refresh_token`,
        );
    }
  };
}

function redeemDeviceCode(
  parts: OidcParts,
  calls: CallLog,
  client: Registration,
  { body, arrivedAtEpochMs }: OperationRequest,
): Answer {
  const read = requireStrings(body, ['deviceCode']);
  if (read.kind === 'refused') return read.answer;
  const code = parts.store.deviceCode(sha256(read.members.deviceCode));
  if (code === undefined || code.clientId !== client.id) return invalidGrant();

  const isEarly = isEarlyPoll(code, arrivedAtEpochMs);
  if (isEarly) calls.early += 1;
  switch (code.phase) {
    case 'redeemed':
      return invalidGrant();
    case 'denied':
      return oidcError('AccessDeniedException', 'Access denied');
    case 'approved':
      return hasExpired(code, arrivedAtEpochMs) ? expired() : takeTokens(parts, client, code, arrivedAtEpochMs);
    case 'pending':
      return hasExpired(code, arrivedAtEpochMs) ? expired() : keepWaiting(parts, code, isEarly, arrivedAtEpochMs);
    default:
      return code.phase satisfies never;
  }
}

/** Strictly less than the interval after the previous poll of the same code, by arrival. */
function isEarlyPoll(code: DeviceCode, arrivedAtEpochMs: number): boolean {
  return code.lastPollAtEpochMs !== null && arrivedAtEpochMs - code.lastPollAtEpochMs < code.intervalSeconds * 1000;
}

function hasExpired(code: DeviceCode, nowEpochMs: number): boolean {
  return nowEpochMs >= code.expiresAtEpochMs;
}

function keepWaiting({ store }: OidcParts, code: DeviceCode, isEarly: boolean, arrivedAtEpochMs: number): Answer {
  const intervalSeconds = code.intervalSeconds + (isEarly ? SLOW_DOWN_SECONDS : 0);
  const lastPollAtEpochMs = Math.max(arrivedAtEpochMs, code.lastPollAtEpochMs ?? 0);
  store.commit({ table: 'deviceCode', record: { ...code, intervalSeconds, lastPollAtEpochMs } });
  return isEarly
    ? oidcError('SlowDownException', `Polling too often: wait ${intervalSeconds} seconds between polls`)
    : oidcError('AuthorizationPendingException', 'Authorization is still pending');
}

/** The one redemption of a code. Nothing here waits, so a second caller finds it redeemed. */
function takeTokens(parts: OidcParts, client: Registration, code: DeviceCode, nowEpochMs: number): Answer {
  const session = parts.store.session(code.sessionId ?? '');
  if (session === undefined) throw new Error('An approved device code has no portal session.');
  const issued = issueTokens(parts, client, session, nowEpochMs);
  const record: DeviceCode = { ...code, phase: 'redeemed', lastPollAtEpochMs: nowEpochMs };
  parts.store.commit({ table: 'deviceCode', record }, ...issued.changes);
  return issued.answer;
}

/** A refresh never extends the portal session; when that is over only a person can start another. */
function refresh(parts: OidcParts, client: Registration, { body, arrivedAtEpochMs }: OperationRequest): Answer {
  const read = requireStrings(body, ['refreshToken']);
  if (read.kind === 'refused') return read.answer;
  const token = parts.store.refreshToken(sha256(read.members.refreshToken));
  const session = parts.store.session(token?.sessionId ?? '');
  const isUsable =
    token !== undefined &&
    token.clientId === client.id &&
    arrivedAtEpochMs < token.usableUntilEpochMs &&
    session?.loggedOut === false;
  if (!isUsable) return oidcError('InvalidGrantException', 'Invalid refresh token provided');

  const issued = issueTokens(parts, client, session, arrivedAtEpochMs);
  // A second use within the grace must not make the grace longer.
  const usableUntilEpochMs = Math.min(token.usableUntilEpochMs, arrivedAtEpochMs + REPLACED_TOKEN_GRACE_MS);
  parts.store.commit({ table: 'refreshToken', record: { ...token, usableUntilEpochMs } }, ...issued.changes);
  return issued.answer;
}

function issueTokens(
  { knobs, random }: OidcParts,
  client: Registration,
  session: PortalSession,
  nowEpochMs: number,
): { answer: Answer; changes: Change[] } {
  const isRefreshable = client.scopes.includes(REFRESHABLE_SCOPE);
  const expiresIn = isRefreshable ? knobs.accessTokenLifetimeSeconds : UNSCOPED_TOKEN_SECONDS;
  const accessToken = mintAccessToken(random);
  const expiresAtEpochMs = nowEpochMs + expiresIn * 1000;
  const changes: Change[] = [
    { table: 'accessToken', record: { id: sha256(accessToken), sessionId: session.id, expiresAtEpochMs } },
  ];
  // The last four are in no model, yet the real service sends them.
  const members = {
    accessToken,
    expiresIn,
    tokenType: 'Bearer',
    aws_sso_app_session_id: null,
    idToken: null,
    issuedTokenType: null,
    originSessionId: null,
  };
  if (!isRefreshable) return { answer: success(members), changes };
  const refreshToken = mintRefreshToken(random);
  changes.push({
    table: 'refreshToken',
    record: {
      id: sha256(refreshToken),
      sessionId: session.id,
      clientId: client.id,
      usableUntilEpochMs: session.endsAtEpochMs,
    },
  });
  return { answer: success({ ...members, refreshToken }), changes };
}

const invalidGrant = (): Answer => oidcError('InvalidGrantException', 'Invalid grant provided');
const expired = (): Answer => oidcError('ExpiredTokenException', 'Device code has expired');
