import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type Client, endsWithin } from '../core/client.ts';
import type { EnrollmentKey } from '../core/enrollment-key.ts';
import type { makeOperate } from '../core/operate.ts';
import { clientView, enrollmentKeyView } from '../core/registration-views.ts';
import { phaseAt, type Session } from '../core/session.ts';
import type { makeListSessions, SessionFilter } from '../core/session-directory.ts';
import type { makeSummarize } from '../core/session-summary.ts';
import { sessionView } from '../core/session-view.ts';
import { summaryView } from '../core/summary-view.ts';
import { json } from './answers.ts';
import { cursorOf, type ListName, positionIn } from './ops-cursor.ts';
import {
  clientRole,
  clientsQuery,
  jsonBodyOf,
  newEnrollmentKey,
  pageQuery,
  queryOf,
  reasonBody,
  sessionsQuery,
  valid,
} from './ops-input.ts';
import { Problem } from './problems.ts';

/** What the ops API reads and does, as its routes need it. */
export interface OpsPlane {
  readonly operate: ReturnType<typeof makeOperate>;
  readonly listSessions: ReturnType<typeof makeListSessions>;
  readonly summarize: ReturnType<typeof makeSummarize>;
  readonly readSession: (sessionId: string) => Promise<Session | undefined>;
  readonly readClient: (clientId: string) => Promise<Client | undefined>;
  readonly listClients: (limit: number, after?: string) => Promise<Listed<Client>>;
  readonly readEnrollmentKey: (enrollmentKeyId: string) => Promise<EnrollmentKey | undefined>;
  readonly listEnrollmentKeys: (limit: number, after?: string) => Promise<Listed<EnrollmentKey>>;
  readonly fleets: readonly string[];
  readonly nowMs: () => number;
}

/** A page of a list. */
export interface Listed<T> {
  readonly entries: readonly T[];
  readonly after?: string;
}

/** Answers one route. */
export type Route = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

const DAY_SECONDS = 86_400;

/** Tried where the caller named something that is not there. */
function found<T>(value: T | undefined, what: string, where: string): T {
  if (value === undefined)
    throw new Problem(
      'not_found',
      `There is no such ${what}; it may have ended and been deleted. List them with GET ${where}.`,
    );
  return value;
}

/** A page of a list, with the cursor of the next one if there is one. */
function answerPage(
  list: ListName,
  entries: readonly object[],
  query: Readonly<Record<string, unknown>>,
  after: string | undefined,
): APIGatewayProxyResult {
  return json(200, { [list]: entries, ...(after !== undefined && { nextCursor: cursorOf(list, query, after) }) });
}

const idIn = (event: APIGatewayProxyEvent, name: string): string => event.pathParameters?.[name] ?? '';

/** `GET /sessions`, `GET /sessions/{sessionId}`, `POST /sessions/{sessionId}/cancel`. */
export function sessionRoutes({ operate, listSessions, readSession, nowMs }: OpsPlane) {
  const list: Route = async (event) => {
    const query = valid(sessionsQuery, queryOf(event), 'query');
    const filter: SessionFilter = {
      ...(query.phase !== undefined && { phase: query.phase }),
      ...(query.fleet !== undefined && { fleet: query.fleet }),
      ...(query.client !== undefined && { clientId: query.client }),
      ...(query.since !== undefined && { sinceMs: Date.parse(query.since) }),
    };
    const page = await listSessions(filter, query.limit, positionIn('sessions', query));
    const sessions = page.sessions.map((session) => sessionView(session, nowMs()));
    return answerPage('sessions', sessions, query, page.after);
  };

  const detail: Route = async (event) =>
    json(200, sessionView(found(await readSession(idIn(event, 'sessionId')), 'session', '/sessions'), nowMs()));

  const cancel: Route = async (event) => {
    const { reason } = valid(reasonBody, jsonBodyOf(event), 'body');
    const cancelled = await operate.cancel(idIn(event, 'sessionId'), reason);
    const session = found(cancelled.session, 'session', '/sessions');
    const phase = phaseAt(session, nowMs());
    if (!cancelled.done && phase !== 'cancelled') {
      throw new Problem(
        'already_settled',
        `This session is ${phase} and cannot be cancelled any more. To stop the device, lock its client.`,
      );
    }
    return json(200, sessionView(session, nowMs()));
  };

  return { list, detail, cancel };
}

/** `GET /summary`. */
export function summaryRoute({ summarize }: OpsPlane): Route {
  return async () => json(200, summaryView(await summarize()));
}

/** `GET /clients`, `GET /clients/{clientId}`, and lock, unlock, revoke of one. */
export function clientRoutes({ operate, readClient, listClients, nowMs }: OpsPlane) {
  const shown = (client: Client | undefined): APIGatewayProxyResult =>
    json(200, clientView(found(client, 'client', '/clients'), nowMs()));

  const list: Route = async (event) => {
    const query = valid(clientsQuery, queryOf(event), 'query');
    const page = await listClients(query.limit, positionIn('clients', query));
    const { endsWithinDays } = query;
    const shownClients =
      endsWithinDays === undefined
        ? page.entries
        : page.entries.filter((client) => endsWithin(client, endsWithinDays * DAY_SECONDS, nowMs()));
    const clients = shownClients.map((client) => clientView(client, nowMs()));
    return answerPage('clients', clients, query, page.after);
  };
  const detail: Route = async (event) => shown(await readClient(idIn(event, 'clientId')));
  const lock: Route = async (event) =>
    shown(await operate.lock(idIn(event, 'clientId'), valid(reasonBody, jsonBodyOf(event), 'body').reason));
  const unlock: Route = async (event) => shown(await operate.unlock(idIn(event, 'clientId')));
  const setRole: Route = async (event) => {
    const { role } = valid(clientRole, jsonBodyOf(event), 'body');
    return shown(await operate.setRole(idIn(event, 'clientId'), role ?? undefined));
  };
  const revoke: Route = async (event) =>
    shown(await operate.revoke(idIn(event, 'clientId'), valid(reasonBody, jsonBodyOf(event), 'body').reason));
  return { list, detail, lock, unlock, setRole, revoke };
}

/** `GET`/`POST /enrollment-keys`, `GET /enrollment-keys/{enrollmentKeyId}` and its revocation. */
export function enrollmentKeyRoutes({ operate, readEnrollmentKey, listEnrollmentKeys, fleets, nowMs }: OpsPlane) {
  const shown = (key: EnrollmentKey | undefined): APIGatewayProxyResult =>
    json(200, enrollmentKeyView(found(key, 'enrollment key', '/enrollment-keys'), nowMs()));

  const list: Route = async (event) => {
    const query = valid(pageQuery, queryOf(event), 'query');
    const page = await listEnrollmentKeys(query.limit, positionIn('enrollmentKeys', query));
    const enrollmentKeys = page.entries.map((key) => enrollmentKeyView(key, nowMs()));
    return answerPage('enrollmentKeys', enrollmentKeys, query, page.after);
  };
  const create: Route = async (event) => {
    const { fleet, lifetimeSeconds, maxUses, note } = valid(newEnrollmentKey, jsonBodyOf(event), 'body');
    if (!fleets.includes(fleet)) {
      const use = `use one of ${fleets.join(', ')}, or add it to the broker configuration and deploy`;
      throw new Problem('unknown_fleet', `There is no such fleet: ${use}.`, {
        errors: [{ pointer: '#/fleet', detail: `must be one of ${fleets.join(', ')}` }],
      });
    }
    const { key, text } = await operate.createEnrollmentKey({
      fleet,
      ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
      ...(maxUses !== undefined && { maxUses }),
      ...(note !== undefined && { note }),
    });
    return json(201, { ...enrollmentKeyView(key, nowMs()), enrollmentKey: text });
  };
  const detail: Route = async (event) => shown(await readEnrollmentKey(idIn(event, 'enrollmentKeyId')));
  const revoke: Route = async (event) =>
    shown(
      await operate.revokeEnrollmentKey(
        idIn(event, 'enrollmentKeyId'),
        valid(reasonBody, jsonBodyOf(event), 'body').reason,
      ),
    );
  return { list, create, detail, revoke };
}
