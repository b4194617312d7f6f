import { mintRoleCredentials, type RandomBytes, sha256 } from './mint.ts';
import type { PortalSession, Store } from './store.ts';
import { type Answer, type OperationRequest, portalError, type RunOperation, success } from './wire.ts';

/** An AWS account that every person who approves may use, with the roles they hold there. */
export type Account = {
  readonly accountId: string;
  readonly accountName: string;
  readonly emailAddress: string;
  readonly roles: readonly string[];
};

/** Two accounts, so that a choice has to be made. The ids belong to nobody: AWS uses them in its documentation. */
export const DEFAULT_ACCOUNTS: readonly Account[] = [
  {
    accountId: '111122223333',
    accountName: 'fleet-production',
    emailAddress: 'fleet-production@example.com',
    roles: ['DeviceRole', 'ReadOnlyAccess'],
  },
  {
    accountId: '444455556666',
    accountName: 'fleet-staging',
    emailAddress: 'fleet-staging@example.com',
    roles: ['DeviceRole'],
  },
];

/** A permission set's default session duration. Role credentials outlive the access token that fetched them. */
const ROLE_CREDENTIALS_SECONDS = 3600;
const LARGEST_PAGE = 100;

type PortalParts = { readonly store: Store; readonly random: RandomBytes; readonly accounts: readonly Account[] };

/** GetRoleCredentials: temporary keys for one role in one account; `expiration` is in epoch milliseconds. */
export function createGetRoleCredentials({ store, random, accounts }: PortalParts): RunOperation {
  return withSession(store, ({ query, arrivedAtEpochMs }) => {
    const accountId = query.get('account_id');
    const roleName = query.get('role_name');
    if (!accountId || !roleName) return portalError('InvalidRequestException', 'Send both account_id and role_name');
    const account = accounts.find((candidate) => candidate.accountId === accountId);
    if (!account?.roles.includes(roleName)) {
      return portalError('ResourceNotFoundException', 'No such role in this account: list them at /assignment/roles');
    }
    const expiration = arrivedAtEpochMs + ROLE_CREDENTIALS_SECONDS * 1000;
    return success({ roleCredentials: { ...mintRoleCredentials(random), expiration } });
  });
}

/** ListAccounts: where the person who approved has a role. */
export function createListAccounts({ store, accounts }: PortalParts): RunOperation {
  return withSession(store, ({ query }) =>
    page(
      'accountList',
      accounts.map(({ accountId, accountName, emailAddress }) => ({ accountId, accountName, emailAddress })),
      query,
    ),
  );
}

/** ListAccountRoles: the person's roles in one account. */
export function createListAccountRoles({ store, accounts }: PortalParts): RunOperation {
  return withSession(store, ({ query }) => {
    const accountId = query.get('account_id');
    if (!accountId) return portalError('InvalidRequestException', 'Send account_id');
    const account = accounts.find((candidate) => candidate.accountId === accountId);
    if (account === undefined) {
      return portalError('ResourceNotFoundException', 'No such account: list them at /assignment/accounts');
    }
    return page(
      'roleList',
      account.roles.map((roleName) => ({ accountId, roleName })),
      query,
    );
  });
}

/** Logout: ends the portal session, and with it every token that came from the same approval. */
export function createLogout({ store }: PortalParts): RunOperation {
  return withSession(store, (_request, session) => {
    store.commit({ table: 'session', record: { ...session, loggedOut: true } });
    return { ...success({}), body: '' };
  });
}

function withSession(store: Store, run: (request: OperationRequest, session: PortalSession) => Answer): RunOperation {
  return (request) => {
    const token = store.accessToken(sha256(request.bearerToken));
    const session = store.session(token?.sessionId ?? '');
    const isAlive = token !== undefined && request.arrivedAtEpochMs < token.expiresAtEpochMs;
    if (!isAlive || session === undefined || session.loggedOut) {
      return portalError('UnauthorizedException', 'Session token not found or invalid');
    }
    return run(request, session);
  };
}

/** One page of a list: `max_result` items from `next_token` on. The token is a position, opaque to callers. */
function page(member: string, items: readonly object[], query: URLSearchParams): Answer {
  const size = Number(query.get('max_result') ?? LARGEST_PAGE);
  const token = query.get('next_token');
  const position = token === null ? '0' : Buffer.from(token, 'base64url').toString();
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE) {
    return portalError('InvalidRequestException', `Send max_result from 1 to ${LARGEST_PAGE}`);
  }
  if (!/^\d{1,6}$/.test(position)) {
    return portalError('InvalidRequestException', 'Send the next_token of the previous page as it was');
  }
  const start = Number(position);
  const end = start + size;
  const nextToken = end < items.length ? Buffer.from(String(end)).toString('base64url') : null;
  return success({ [member]: items.slice(start, end), nextToken });
}
