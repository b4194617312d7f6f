/** Bad input for the ops API. */

import type { Facts } from './bad-input-facts.ts';
import type { BadRequest, Refused } from './bad-request.ts';
import { SIGNED } from './operator.ts';

const input = (says: string): Refused => ({ status: 400, code: 'invalid_input', says });
const notFound = (says: string): Refused => ({ status: 404, code: 'not_found', says });

const get = (path: string, refused: Refused): BadRequest => ({
  wrong: `GET ${path}`,
  method: 'GET',
  path,
  headers: SIGNED,
  refused,
});

/** Queries and paths of what operators read. */
export function badOpsReads(): BadRequest[] {
  const foreignCursor = Buffer.from(JSON.stringify(['0000000000000#x', '[["phase","denied"]]'])).toString('base64url');
  return [
    get('/sessions?phase=nonsense', input('phase')),
    get('/sessions?limit=0', input('limit')),
    get('/sessions?limit=101', input('limit')),
    get('/sessions?limit=x', input('limit')),
    get('/sessions?since=yesterday', input('since')),
    get('/sessions?fase=pending', input('fase is not known')),
    get('/sessions?phase=pending&phase=denied', input('phase once')),
    get('/sessions?cursor=nonsense', { status: 400, code: 'invalid_cursor', says: 'start again without cursor' }),
    get(`/sessions?cursor=${foreignCursor}`, {
      status: 400,
      code: 'invalid_cursor',
      says: 'start again without cursor',
    }),
    get('/sessions/nonsense', notFound('GET /sessions')),
    get('/clients?limit=0', input('limit')),
    get('/clients?cursor=nonsense', { status: 400, code: 'invalid_cursor', says: 'start again without cursor' }),
    get('/clients/nonsense', notFound('GET /clients')),
    get('/enrollment-keys?limit=-1', input('limit')),
    get('/enrollment-keys/nonsense', notFound('GET /enrollment-keys')),
  ];
}

/** Bodies of what operators do. */
export function badOpsActs({ idle, servedSessionId }: Facts): BadRequest[] {
  const post = (wrong: string, path: string, body: unknown, refused: Refused): BadRequest => ({
    wrong: `POST ${path.replace(servedSessionId, '<id>').replace(idle.clientId, '<id>')}: ${wrong}`,
    path,
    headers: SIGNED,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    refused,
  });
  const reason = { reason: 'a test' };
  const acts = [
    `/sessions/${servedSessionId}/cancel`,
    `/clients/${idle.clientId}/lock`,
    `/clients/${idle.clientId}/revoke`,
  ];
  return [
    ...acts.flatMap((path) => [
      post('no body', path, '', input('reason')),
      post('no reason', path, {}, input('reason')),
      post('an empty reason', path, { reason: ' ' }, input('reason')),
      post('a reason that is a number', path, { reason: 1 }, input('reason')),
      post('a reason of 501 characters', path, { reason: 'x'.repeat(501) }, input('reason')),
      post('another member', path, { ...reason, force: true }, input('force is not known')),
      post('broken JSON', path, '{', { status: 400, code: 'invalid_json', says: 'Send a JSON object' }),
      post('a list', path, [], input('must be')),
      post('1 MB', path, 'x'.repeat(1_048_576), { status: 413, code: 'body_too_large', says: 'larger than' }),
    ]),
    post('a session that is none', '/sessions/nonsense/cancel', reason, notFound('GET /sessions')),
    post('a client that is none', '/clients/nonsense/lock', reason, notFound('GET /clients')),
    post('a client that is none', '/clients/nonsense/unlock', {}, notFound('GET /clients')),
    post('a client that is none', '/clients/nonsense/revoke', reason, notFound('GET /clients')),
    post('a key that is none', '/enrollment-keys/nonsense/revoke', reason, notFound('GET /enrollment-keys')),
    post('a session that has its tokens', `/sessions/${servedSessionId}/cancel`, reason, {
      status: 409,
      code: 'already_settled',
      says: 'lock its client',
    }),
    ...badNewKeys(post),
  ];
}

function badNewKeys(post: (wrong: string, path: string, body: unknown, refused: Refused) => BadRequest): BadRequest[] {
  const bad = (wrong: string, members: object, refused: Refused): BadRequest =>
    post(wrong, '/enrollment-keys', { fleet: 'local', ...members }, refused);
  return [
    bad('no fleet', { fleet: undefined }, input('fleet')),
    bad('an unknown fleet', { fleet: 'nonsense' }, { status: 400, code: 'unknown_fleet', says: 'use one of' }),
    bad('maxUses 0', { maxUses: 0 }, input('maxUses')),
    bad('maxUses 1.5', { maxUses: 1.5 }, input('maxUses')),
    bad('a lifetime of a second', { lifetimeSeconds: 1 }, input('lifetimeSeconds')),
    bad('a note of 501 characters', { note: 'x'.repeat(501) }, input('note')),
    bad('another member', { key: 'mine' }, input('key is not known')),
  ];
}

/** Who is not allowed, and what is not a method here. */
export function badOpsCallers(): BadRequest[] {
  const unsigned: Refused = { status: 403, code: 'access_denied', says: 'AWS Signature Version 4' };
  const paths = ['/sessions', '/clients', '/enrollment-keys'];
  return paths.flatMap((path) => [
    { wrong: `GET ${path}: not signed`, method: 'GET', path, refused: unsigned },
    { wrong: `POST ${path}: not signed`, path, body: '{"fleet":"local"}', refused: unsigned },
    {
      wrong: `GET ${path}: signed for another service`,
      method: 'GET',
      path,
      headers: { Authorization: SIGNED.Authorization.replace('execute-api', 's3') },
      refused: unsigned,
    },
    {
      wrong: `DELETE ${path}`,
      method: 'DELETE',
      path,
      headers: SIGNED,
      refused: { status: 405, code: 'method_not_allowed', says: 'takes GET' },
    },
  ]);
}
