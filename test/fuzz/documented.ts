/** What any answer must look like, whatever was asked. */
import type { APIGatewayProxyResult } from 'aws-lambda';
import { OAUTH_ERRORS, type OAuthErrorCode } from '../../lambda/core/oauth-error.ts';
import { PROBLEMS, type ProblemCode } from '../../lambda/http/problems.ts';
import { wrongWith } from '../ops/described-answers.ts';
import type { Answered, FuzzRequest } from './gateway.ts';

type FunctionAnswer = Exclude<Answered, { by: 'gateway' }>;

/** @returns what is not as documented; nothing when all is */
export function undocumentedIn(request: FuzzRequest, answered: FunctionAnswer): string[] {
  const { statusCode, headers = {} } = answered.answer;
  const wrong = statusCode >= 500 ? [`the status is ${statusCode}`] : [];
  for (const [name, value] of Object.entries(headers)) {
    if (/[\r\n\0]/.test(`${name}${String(value)}`)) wrong.push(`the header ${name} has a line break`);
  }
  if (headers['Cache-Control'] !== 'no-store') wrong.push('it may be stored');
  return [...wrong, ...wrongShape(request, answered)];
}

function wrongShape({ method }: FuzzRequest, { by, route, answer }: FunctionAnswer): string[] {
  const type = String(answer.headers?.['Content-Type'] ?? '');
  if (by === 'ops-api') return wrongOpsAnswer(method, route, answer);
  if (type.startsWith('text/html')) return wrongPage(answer);
  const body = parsed(answer.body);
  if (type !== 'application/json' || body === undefined) return [`it is no JSON: ${type}`];
  if (answer.statusCode < 400)
    return answer.statusCode === 200 || answer.statusCode === 201 ? [] : [`${answer.statusCode}`];
  return 'Code' in body ? wrongProviderFailure(answer.statusCode, body) : wrongOAuthError(answer, body);
}

/** The envelope that every known client takes: RFC 6749 §5.2 and the SSO OIDC model in one. */
function wrongOAuthError({ statusCode, headers = {} }: APIGatewayProxyResult, body: Record<string, unknown>): string[] {
  const { error, error_description: description, message } = body;
  const known = OAUTH_ERRORS[error as OAuthErrorCode];
  if (known === undefined) return [`the error is ${String(error)}`];
  const wrong: string[] = [];
  if (![known.status, 404, 405].includes(statusCode)) wrong.push(`${String(error)} has the status ${statusCode}`);
  if (statusCode === 429) wrong.push('device flow clients take a 429 for the end');
  if (headers['x-amzn-ErrorType'] !== known.exception) wrong.push(`the type is ${String(headers['x-amzn-ErrorType'])}`);
  if (typeof description !== 'string' || !/^[\x20-\x21\x23-\x5b\x5d-\x7e]{10,400}$/.test(description)) {
    wrong.push('the description is no printable sentence');
  }
  if (message !== description) wrong.push('message and error_description differ');
  if (Object.keys(body).length !== 3) wrong.push(`it has the members ${Object.keys(body).join(', ')}`);
  return wrong;
}

/** What the SDKs' container credentials providers print. */
function wrongProviderFailure(status: number, { code, message, Code, Message }: Record<string, unknown>): string[] {
  const isRight = [401, 403].includes(status) && code === Code && message === Message && typeof message === 'string';
  return isRight ? [] : [`a provider's failure is ${status} ${String(code)} ${String(message)}`];
}

/** Pages load nothing, run nothing, and nobody frames them. */
function wrongPage({ statusCode, headers = {}, body }: APIGatewayProxyResult): string[] {
  const wrong = [200, 303, 403, 404, 410, 429].includes(statusCode) ? [] : [`a page has the status ${statusCode}`];
  if (!String(headers['Content-Security-Policy']).startsWith("default-src 'none'"))
    wrong.push('a page may load things');
  if (headers['X-Frame-Options'] !== 'DENY') wrong.push('a page may be framed');
  if (/<script|<img|<iframe|<svg|javascript:/i.test(body)) wrong.push('a page holds what somebody sent');
  return wrong;
}

/** As the API's own description has it, which the console and the docs are made from; a HEAD or a stray path is a problem. */
function wrongOpsAnswer(
  method: string,
  route: string,
  { statusCode, headers = {}, body }: APIGatewayProxyResult,
): string[] {
  const contentType = String(headers['Content-Type'] ?? '');
  if (statusCode === 304) return body === '' ? [] : ['a 304 has a body'];
  const content = parsed(body);
  if (content === undefined) return ['it is no JSON'];
  if (statusCode >= 400) return wrongProblem(statusCode, contentType, content);
  return route === '/openapi.json' ? [] : wrongWith({ method, route, status: statusCode, contentType, body: content });
}

function wrongProblem(status: number, contentType: string, problem: Record<string, unknown>): string[] {
  const known = PROBLEMS[problem.code as ProblemCode];
  const isRight =
    contentType === 'application/problem+json' &&
    known !== undefined &&
    known.status === status &&
    problem.status === status &&
    problem.title === known.title &&
    typeof problem.detail === 'string' &&
    problem.detail !== '' &&
    String(problem.instance).startsWith('urn:');
  return isRight ? [] : [`a problem is ${status} ${contentType} ${JSON.stringify(problem)}`];
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
