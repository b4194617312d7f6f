/** What is fuzzed: every route in every dialect, and under every way to authenticate devices. */
import type { DeviceAuth } from '../../lambda/core/settings.ts';
import { OPERATIONS, type OperationId } from '../../lambda/http/ops-operations.ts';

/** How parameters are sent. `none`: the route takes none but its path and headers. */
export type FuzzDialect = 'json' | 'form' | 'query' | 'none';

/** A route in one dialect, in one kind of deployment. */
export interface Target {
  readonly name: string;
  readonly deviceAuth: DeviceAuth;
  readonly dialect: FuzzDialect;
  readonly method: string;
  /** As the route is spelled, such as `/sessions/{sessionId}`. */
  readonly route: string;
  /** The operation of the ops API; undefined on the device plane. */
  readonly operation?: OperationId;
  /** The parameters that the route takes, as the AWS dialect spells them. */
  readonly members: readonly string[];
}

const PROOF: Readonly<Record<DeviceAuth, readonly string[]>> = {
  client_secret: ['clientId', 'clientSecret'],
  private_key_jwt: ['clientId', 'clientAssertionType', 'clientAssertion'],
  iam: ['clientId', 'clientSecret'],
  mtls: ['clientId', 'clientSecret'],
};

const METADATA = ['clientName', 'grantTypes', 'redirectUris', 'tokenEndpointAuthMethod', 'jwks', 'jwksUri'];
const NAMES = ['tlsClientAuthSanDns', 'tlsClientAuthSanUri'];

interface DeviceRoute {
  readonly method: string;
  readonly route: string;
  readonly dialects: readonly FuzzDialect[];
  readonly members: readonly string[];
  /** Whether it depends on how devices authenticate. */
  readonly proves?: boolean;
}

const DEVICE_ROUTES: readonly DeviceRoute[] = [
  {
    method: 'POST',
    route: '/client/register',
    dialects: ['json', 'form'],
    members: ['clientName', 'clientType', 'scopes', 'grantTypes', 'redirectUris', 'issuerUrl'],
    proves: true,
  },
  { method: 'POST', route: '/register', dialects: ['json', 'form'], members: [...METADATA, ...NAMES], proves: true },
  { method: 'POST', route: '/device_authorization', dialects: ['json', 'form'], members: ['startUrl'], proves: true },
  {
    method: 'POST',
    route: '/token',
    dialects: ['json', 'form'],
    members: ['grantType', 'deviceCode', 'refreshToken', 'scope'],
    proves: true,
  },
  { method: 'POST', route: '/revoke', dialects: ['json', 'form'], members: ['token', 'tokenTypeHint'], proves: true },
  { method: 'GET', route: '/credentials', dialects: ['none'], members: [], proves: true },
  { method: 'GET', route: '/activate', dialects: ['query'], members: ['userCode'] },
  { method: 'POST', route: '/activate', dialects: ['form'], members: ['csrfToken', 'userCode', 'do'] },
  { method: 'GET', route: '/.well-known/oauth-authorization-server', dialects: ['none'], members: [] },
  { method: 'POST', route: '/anything', dialects: ['json', 'form'], members: ['clientId', 'grantType', 'reason'] },
];

function deviceTargets(deviceAuth: DeviceAuth): Target[] {
  return DEVICE_ROUTES.filter(({ proves }) => proves === true || deviceAuth === 'client_secret').flatMap(
    ({ method, route, dialects, members, proves }) =>
      dialects.map((dialect) => ({
        name: `${method} ${route} (${dialect}, ${deviceAuth})`,
        deviceAuth,
        dialect,
        method,
        route,
        members: [...(proves === true && !route.endsWith('register') ? PROOF[deviceAuth] : []), ...members],
      })),
  );
}

/** Every operation of the ops API, as it is listed: a new one is among them. */
function opsTargets(): Target[] {
  return Object.entries(OPERATIONS).map(([operation, { method, path }]) => ({
    name: `${method} ${path} (${method === 'GET' ? 'query' : 'json'})`,
    deviceAuth: 'client_secret',
    dialect: method === 'GET' ? 'query' : 'json',
    method,
    route: path,
    operation: operation as OperationId,
    members: [],
  }));
}

/** Every target. */
export const TARGETS: readonly Target[] = [
  ...deviceTargets('client_secret'),
  ...opsTargets(),
  ...deviceTargets('private_key_jwt'),
  ...deviceTargets('iam'),
  ...deviceTargets('mtls'),
];
