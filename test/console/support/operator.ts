/** What operators could also do without the console: signed calls of the ops API. */

import { makeOpsApi, type OpsCall } from '../../../console/server/ops-api.ts';
import { LOCAL_CREDENTIALS } from '../../../console/server/server.ts';

/** Calls the ops API of a local broker. @returns the answer's content; it throws when the call fails */
export async function operate<T>(api: string, call: OpsCall): Promise<T> {
  const ask = makeOpsApi({ api, region: 'us-east-1', credentials: LOCAL_CREDENTIALS, explainCredentials: String });
  const { status, body } = await ask(call);
  if (status >= 400) throw new Error(String(body));
  return JSON.parse(String(body)) as T;
}

/** Does something with a reason. */
export async function act(api: string, path: string, reason: string): Promise<void> {
  await operate(api, { method: 'POST', path, body: JSON.stringify({ reason }) });
}

/** The id of the session that a client has now. */
export async function sessionOf(api: string, clientId: string): Promise<string> {
  const { sessions } = await operate<{ sessions: { sessionId: string }[] }>(api, {
    method: 'GET',
    path: '/sessions',
    query: new URLSearchParams({ client: clientId, limit: '1' }),
  });
  const [session] = sessions;
  if (session === undefined) throw new Error(`${clientId} has no session`);
  return session.sessionId;
}
