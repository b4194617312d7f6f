/** Finds the method that a request goes to, as API Gateway does: explicit resources win over `{proxy+}`. */

import type { Route } from './template-api.ts';

/** The method for a request, and the values of the resource's path parameters. */
export interface RouteMatch {
  readonly route: Route;
  /** Percent-decoded; null when the resource has none. */
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

/** The methods that `ANY` stands for. */
const ANY_METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/** Which of two segments at the same place a request goes to: the smaller number. */
const LITERAL = 0;
const PARAMETER = 1;
const GREEDY = 2;

/**
 * Finds the method.
 *
 * @param path as it came, percent-encoded
 * @throws URIError when a path parameter's percent-encoding is broken
 */
export function matchRoute(routes: readonly Route[], httpMethod: string, path: string): RouteMatch | undefined {
  const segments = path.slice(1).split('/');
  const matching = routes.filter(
    (route) =>
      (route.httpMethod === httpMethod || (route.httpMethod === 'ANY' && ANY_METHODS.has(httpMethod))) &&
      fits(segmentsOf(route), segments),
  );
  const [route] = matching.toSorted((a, b) => compareRoutes(a, b));
  return route === undefined ? undefined : { route, pathParameters: parametersOf(segmentsOf(route), segments) };
}

function segmentsOf(route: Route): readonly string[] {
  return route.resourcePath.slice(1).split('/');
}

function kindOf(segment: string): number {
  if (segment.endsWith('+}')) return GREEDY;
  return segment.startsWith('{') ? PARAMETER : LITERAL;
}

/** An empty segment, as in `//token`, belongs to no literal and no parameter, but to what a greedy one takes. */
function fits(resource: readonly string[], segments: readonly string[]): boolean {
  const greedyAt = resource.findIndex((segment) => kindOf(segment) === GREEDY);
  if (greedyAt === -1 && resource.length !== segments.length) return false;
  return resource.every((segment, index) => {
    if (index === greedyAt) return segments.slice(index).join('/') !== '';
    const given = segments[index];
    return kindOf(segment) === LITERAL ? given === segment : given !== undefined && given !== '';
  });
}

function compareRoutes(a: Route, b: Route): number {
  const [first, second] = [segmentsOf(a), segmentsOf(b)];
  for (let index = 0; index < Math.min(first.length, second.length); index += 1) {
    const difference = kindOf(first[index] ?? '') - kindOf(second[index] ?? '');
    if (difference !== 0) return difference;
  }
  // Of `ANY` and a method of its own, the latter.
  return Number(a.httpMethod === 'ANY') - Number(b.httpMethod === 'ANY');
}

function parametersOf(resource: readonly string[], segments: readonly string[]): Record<string, string> | null {
  const parameters = resource.flatMap((segment, index): [string, string][] => {
    const name = segment.replace(/^\{|\+?\}$/g, '');
    if (kindOf(segment) === LITERAL) return [];
    const value = kindOf(segment) === GREEDY ? segments.slice(index).join('/') : (segments[index] ?? '');
    return [[name, decodeURIComponent(value)]];
  });
  return parameters.length === 0 ? null : Object.fromEntries(parameters);
}
