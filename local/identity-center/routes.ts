import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Approvals, Decision } from './approvals.ts';
import { type CallLog, recordCall } from './calls.ts';
import { type Knobs, type Operation, patchKnobs, showKnobs, takeFailure, takeFault } from './knobs.ts';
import { sha256 } from './mint.ts';
import { createRegisterClient, createStartDeviceAuthorization, createTokenWithIam, type OidcParts } from './oidc.ts';
import {
  type Account,
  createGetRoleCredentials,
  createListAccountRoles,
  createListAccounts,
  createLogout,
} from './portal.ts';
import { createCreateToken } from './token.ts';
import { codeForm, confirmation, decisionPage } from './verification-page.ts';
import { type Answer, json, type OperationRequest, oidcError, parseJsonObject, type RunOperation } from './wire.ts';

/** A request as a route sees it. `body` is `undefined` when it was too large. */
export type Exchange = {
  readonly arrivedAtEpochMs: number;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string | undefined;
};

/** What to send; or nothing, the connection left open (`never`) or cut (`destroy`). */
export type Delivery = Answer | 'never' | 'destroy';

export type Route = (exchange: Exchange) => Delivery | Promise<Delivery>;

export type RouteParts = OidcParts & {
  readonly calls: CallLog;
  readonly log: (line: string) => void;
  readonly accounts: readonly Account[];
  readonly approvals: Approvals;
};

/** Every route, by method and path. */
export function createRoutes(parts: RouteParts): ReadonlyMap<string, Route> {
  const { knobs, calls } = parts;
  const api = (operation: Operation, run: RunOperation): Route => createApiRoute(parts, operation, run);
  const createToken = api('CreateToken', createCreateToken(parts, calls));
  const refuseTokenWithIam = api('CreateTokenWithIAM', createTokenWithIam);
  return new Map<string, Route>([
    ['POST /client/register', api('RegisterClient', createRegisterClient(parts))],
    ['POST /device_authorization', api('StartDeviceAuthorization', createStartDeviceAuthorization(parts))],
    ['POST /token', (exchange) => (exchange.query.get('aws_iam') === 't' ? refuseTokenWithIam : createToken)(exchange)],
    ['GET /federation/credentials', api('GetRoleCredentials', createGetRoleCredentials(parts))],
    ['GET /assignment/accounts', api('ListAccounts', createListAccounts(parts))],
    ['GET /assignment/roles', api('ListAccountRoles', createListAccountRoles(parts))],
    ['POST /logout', api('Logout', createLogout(parts))],
    ['GET /', (exchange) => showVerification(parts.approvals, exchange)],
    ['GET /start', (exchange) => showVerification(parts.approvals, exchange)],
    ['POST /approve', (exchange) => decide(parts, 'approved', exchange)],
    ['POST /deny', (exchange) => decide(parts, 'denied', exchange)],
    ['GET /knobs', () => showKnobs(knobs)],
    ['POST /knobs', (exchange) => turnKnobs(knobs, exchange)],
    ['GET /calls', () => json('ok', 200, { calls: [...calls], early: calls.early })],
  ]);
}

/** An API operation with its faults around it: it is done as it arrives, only its answer is delayed. */
function createApiRoute(parts: RouteParts, operation: Operation, run: RunOperation): Route {
  const { knobs, calls, log } = parts;
  return async ({ arrivedAtEpochMs, query, headers, body }) => {
    const members = body === undefined ? undefined : parseJsonObject(body);
    const bearerToken = String(headers['x-amz-sso_bearer_token'] ?? '');
    const answer = takeFault(knobs, 'hang', operation)
      ? 'never'
      : (takeFailure(knobs, operation) ??
        runSafely(run, members && { body: members, query, bearerToken, arrivedAtEpochMs }, log));

    const outcome = answer === 'never' ? 'hung' : answer.outcome;
    const isDropped = outcome === 'ok' && takeFault(knobs, 'dropAfterCommit', operation);
    const deviceCode = members?.deviceCode ?? issuedDeviceCode(operation, answer);
    recordCall(calls, {
      operation,
      atEpochMs: arrivedAtEpochMs,
      outcome,
      ...(typeof deviceCode === 'string' && { codeHash: sha256(deviceCode) }),
      ...(isDropped && { dropped: true }),
    });
    log(`${operation} ${outcome}${isDropped ? ' (answer dropped)' : ''}`);

    if (answer !== 'never' && knobs.latencyMs > 0) await sleep(knobs.latencyMs);
    return isDropped ? 'destroy' : answer;
  };
}

function runSafely(run: RunOperation, request: OperationRequest | undefined, log: (line: string) => void): Answer {
  if (request === undefined) return oidcError('InvalidRequestException', 'Invalid request: send one JSON object');
  try {
    return run(request);
  } catch (error) {
    log(`internal error: ${error instanceof Error ? error.message : 'unknown'}`);
    return oidcError('InternalServerException', 'Internal server error');
  }
}

function issuedDeviceCode(operation: Operation, answer: Answer | 'never'): unknown {
  if (operation !== 'StartDeviceAuthorization' || answer === 'never') return undefined;
  return parseJsonObject(answer.body)?.deviceCode;
}

function showVerification(approvals: Approvals, { query, arrivedAtEpochMs }: Exchange): Answer {
  const typed = query.get('user_code')?.trim();
  return typed ? confirmation(approvals.look(typed, arrivedAtEpochMs)) : codeForm();
}

/** A decision is for people on this page: another site must not send one with a person's browser. */
function decide({ approvals, calls, log }: RouteParts, decision: Decision, exchange: Exchange): Answer {
  if (isCrossSite(exchange.headers)) return crossSiteRefused();
  const typed = new URLSearchParams(exchange.body ?? '').get('user_code') ?? '';
  const result = approvals.decide(typed, decision, exchange.arrivedAtEpochMs);
  const operation = decision === 'approved' ? 'Approve' : 'Deny';
  const outcome = result.kind === 'decided' ? 'ok' : result.kind;
  recordCall(calls, {
    operation,
    atEpochMs: exchange.arrivedAtEpochMs,
    outcome,
    ...('codeHash' in result && { codeHash: result.codeHash }),
  });
  log(`${operation} ${outcome}`);
  return decisionPage(result);
}

function turnKnobs(knobs: Knobs, { body, headers }: Exchange): Answer {
  if (isCrossSite(headers)) return crossSiteRefused();
  const patched = patchKnobs(knobs, body === undefined ? undefined : parseJsonObject(body));
  return patched.kind === 'patched' ? showKnobs(knobs) : json('refused', 400, { message: patched.message });
}

/** Browsers say where a request comes from (Fetch Metadata); other clients do not, and need not. */
function isCrossSite(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-site'] === 'cross-site';
}

const crossSiteRefused = (): Answer =>
  json('refused', 403, {
    message: 'Another site sent this. Open the verification link itself and decide there.',
  });
