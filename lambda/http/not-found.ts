import { OAuthError, refuse } from '../core/oauth-error.ts';
import { Problem } from './problems.ts';

/** What the routers say when nothing matches: the wrong method on a route is 405 and names the right one, the rest is 404. */

interface RouteName {
  readonly method: string;
  readonly path: string;
}

/** The methods that a path takes. */
function methodsOf(routes: readonly RouteName[], path: string): string[] {
  const segments = path.split('/');
  const fits = (template: string[]): boolean =>
    template.length === segments.length && template.every((part, i) => part.startsWith('{') || part === segments[i]);
  return routes.filter((route) => fits(route.path.split('/'))).map((route) => route.method);
}

/** For the device plane. */
export function deviceRouteNotFound(routes: readonly RouteName[]) {
  return ({ path }: { path: string }): never => {
    const allow = methodsOf(routes, path).join(', ');
    if (allow !== '') {
      throw new OAuthError(refuse('invalid_request', `This route takes ${allow} only.`), {
        status: 405,
        headers: { Allow: allow },
      });
    }
    const devicePaths = routes.filter((route) => route.method === 'POST').map((route) => route.path);
    throw new OAuthError(refuse('invalid_request', `There is nothing here. Use POST on ${devicePaths.join(', ')}.`), {
      status: 404,
    });
  };
}

/** For the ops API. */
export function opsRouteNotFound(routes: readonly RouteName[]) {
  return ({ path }: { path: string }): never => {
    const allow = methodsOf(routes, path).join(', ');
    if (allow !== '')
      throw new Problem('method_not_allowed', `This route takes ${allow} only.`, { headers: { Allow: allow } });
    throw new Problem('no_such_route', 'There is nothing here. GET /openapi.json lists the routes.');
  };
}
