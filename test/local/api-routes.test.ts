import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../local/api-routes.ts';
import type { Route } from '../../local/template-api.ts';

const route = (resourcePath: string, httpMethod = 'ANY'): Route => ({
  resourceId: resourcePath,
  resourcePath,
  httpMethod,
  authorization: 'NONE',
  functionArn: 'arn',
});

const ROUTES = [
  '/{proxy+}',
  '/',
  '/token',
  '/client/register',
  '/e/{enrollmentKey}',
  '/e/{enrollmentKey}/{proxy+}',
  '/e/{enrollmentKey}/token',
  '/sessions/{sessionId}',
  '/sessions/{sessionId}/cancel',
].map((path) => route(path));

const found = (path: string, method = 'POST') => {
  const match = matchRoute(ROUTES, method, path);
  return match && [match.route.resourcePath, match.pathParameters];
};

describe('finding the method of a request', () => {
  it.each([
    ['/token', ['/token', null]],
    ['/client/register', ['/client/register', null]],
    ['/', ['/', null]],
    ['/sessions/abc', ['/sessions/{sessionId}', { sessionId: 'abc' }]],
    ['/sessions/abc/cancel', ['/sessions/{sessionId}/cancel', { sessionId: 'abc' }]],
    ['/e/key/token', ['/e/{enrollmentKey}/token', { enrollmentKey: 'key' }]],
  ])('takes the explicit resource for %s', (path, expected) => {
    expect(found(path)).toEqual(expected);
  });

  it.each([
    ['/nothing', ['/{proxy+}', { proxy: 'nothing' }]],
    ['/client/other', ['/{proxy+}', { proxy: 'client/other' }]],
    ['//client/register', ['/{proxy+}', { proxy: '/client/register' }]],
    ['/e/key/a/b', ['/e/{enrollmentKey}/{proxy+}', { enrollmentKey: 'key', proxy: 'a/b' }]],
  ])('falls back to the catch-all for %s', (path, expected) => {
    expect(found(path)).toEqual(expected);
  });

  it('decodes path parameters', () => {
    expect(found('/sessions/a%20b%2Fc')).toEqual(['/sessions/{sessionId}', { sessionId: 'a b/c' }]);
  });

  it('lets ANY stand for the methods that API Gateway knows, HEAD among them', () => {
    expect(found('/token', 'HEAD')).toBeDefined();
    expect(found('/token', 'TRACE')).toBeUndefined();
  });

  it('prefers a method of its own to ANY', () => {
    const get = { ...route('/token', 'GET'), resourceId: 'get' };

    expect(matchRoute([...ROUTES, get], 'GET', '/token')?.route.resourceId).toBe('get');
    expect(matchRoute([...ROUTES, get], 'POST', '/token')?.route.resourceId).toBe('/token');
  });

  it('finds nothing where the template has nothing', () => {
    expect(matchRoute([route('/token')], 'GET', '/other')).toBeUndefined();
  });
});
