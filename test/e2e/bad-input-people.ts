/** Bad input for the routes that are not OAuth: role credentials for SDKs, pages for people. */

import type { Facts } from './bad-input-facts.ts';
import { type BadRequest, inRfc } from './bad-request.ts';

/** `GET /credentials`: the SDKs' container credential provider prints `code` and `message`. */
export function badCredentialRequests({ servedHandle }: Facts): BadRequest[] {
  const bad = (wrong: string, authorization: string, status: number, code: string, says: string): BadRequest => ({
    wrong: `GET /credentials: ${wrong}`,
    method: 'GET',
    path: '/credentials',
    headers: authorization === '' ? {} : { Authorization: authorization },
    refused: { status, code, says },
  });
  return [
    bad('no handle', '', 401, 'MissingAuthorization', 'Authorization header'),
    bad('a handle that is none', 'nonsense', 403, 'AccessDenied', 'Sign the device in again'),
    bad('a handle that never was', 'A'.repeat(43), 403, 'AccessDenied', 'Sign the device in again'),
    bad('a handle of 8,000 characters', 'A'.repeat(8000), 403, 'AccessDenied', 'Sign the device in again'),
    bad('a handle of a fleet without a role', servedHandle, 403, 'AccessDenied', 'not role credentials'),
  ];
}

/** `/activate`: a person gets a page that says what to do next. */
export function badActivations(): BadRequest[] {
  const bad = (
    wrong: string,
    request: Omit<BadRequest, 'wrong' | 'refused'>,
    status: number,
    says: string,
  ): BadRequest => ({
    wrong: `/activate: ${wrong}`,
    ...request,
    refused: { status, code: '', says },
  });
  const get = (query: string) => ({ method: 'GET', path: `/activate?${query}` });
  const post = (fields: Record<string, string>) => inRfc('/activate', fields);
  const typeAgain = 'type it again';
  return [
    bad('a code that is none', get('user_code=nonsense'), 404, typeAgain),
    bad('a code with markup', get('user_code=%3Cscript%3E'), 404, typeAgain),
    bad('a code of 8,000 characters', get(`user_code=${'B'.repeat(8000)}`), 404, typeAgain),
    bad('a form from elsewhere', post({ user_code: 'BBBB-BBBB', do: 'continue' }), 403, 'Type the code again'),
    bad('no form', { path: '/activate', body: '{}' }, 403, 'Type the code again'),
    bad('1 MB', post({ user_code: 'B'.repeat(1_048_576) }), 403, 'Type the code again'),
  ];
}
