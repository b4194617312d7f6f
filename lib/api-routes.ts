/** Who calls what: the routes of devices and of operators, and how API Gateway looks at each. */
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { DeviceAuth } from '../lambda/core/settings.ts';
import { OPERATIONS } from '../lambda/http/ops-operations.ts';

/** The routes that lead to one function. */
export interface Routes {
  readonly target: lambda.Function;
  /** Paths that API Gateway lets anyone call: the function authenticates. */
  readonly open: readonly string[];
  /** Paths that API Gateway lets only those call who sign with AWS credentials and may. */
  readonly signed: readonly string[];
  /** What the function may be invoked for: all of the API (`/*`), or one path. */
  readonly reach: string;
}

/** What devices prove who they are at: register, start, poll, refresh, revoke. */
const CLIENT_PATHS = ['/client/register', '/register', '/device_authorization', '/token', '/revoke'];

/**
 * What a device calls as a client, plain and with its enrollment key in the path, so that an unmodified AWS CLI or SDK can
 * enroll.
 */
export const CLIENT_ROUTES = [...CLIENT_PATHS, ...CLIENT_PATHS.map((path) => `/e/{enrollmentKey}${path}`)];

/** Where devices start a session: three writes each, so that a fleet that starts at once is let in at a rate of its own. */
export const START_ROUTES = CLIENT_ROUTES.filter((path) => path.endsWith('/device_authorization'));

/** Where people look at a device before they approve it. */
const ACTIVATION_PATH = '/activate';

/**
 * The rest of what devices call. The catch-alls and the bare parents make the broker answer where API Gateway would
 * otherwise ask an OAuth client for a signature.
 */
const OTHER_DEVICE_PATHS = [
  '/',
  '/{proxy+}',
  '/client',
  '/credentials',
  '/.well-known',
  '/.well-known/oauth-authorization-server',
  '/e',
  '/e/{enrollmentKey}',
  '/e/{enrollmentKey}/client',
  '/e/{enrollmentKey}/{proxy+}',
];

const OPERATOR_PATHS = [...new Set(Object.values(OPERATIONS).map(({ path }) => path))];

/** The routes of devices. */
export function deviceRoutes(target: lambda.Function, deviceAuth: DeviceAuth): Routes {
  if (deviceAuth === 'iam') return { target, open: OTHER_DEVICE_PATHS, signed: CLIENT_ROUTES, reach: '/*' };
  return { target, open: [...OTHER_DEVICE_PATHS, ...CLIENT_ROUTES], signed: [], reach: '/*' };
}

/** The page of people on an API that devices use as well. */
export function withActivation(routes: Routes): Routes {
  return { ...routes, open: [...routes.open, ACTIVATION_PATH] };
}

/** The page of people on an API without devices: nothing else of the devices' function is reached through it. */
export function activationRoutes(target: lambda.Function): Routes {
  return { target, open: [ACTIVATION_PATH], signed: [], reach: ACTIVATION_PATH };
}

/** The routes of operators. */
export function operatorRoutes(target: lambda.Function): Routes {
  return { target, open: [], signed: OPERATOR_PATHS, reach: '/*' };
}
