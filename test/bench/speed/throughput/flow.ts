/** Devices that go the whole way, over connections that stay open. */
import { Pool } from 'undici';
import { clientSecretOf } from '../../../support/fake-records.ts';
import { AHEAD_HEADER, APPROVE_HEADER, CLIENT_IDS, type ServerAddress } from './server.ts';

/** Polls that a device makes before it is approved. */
export const PENDING_POLLS = 12;

/** The interval of every session. */
const INTERVAL_MS = 1_000;

/** Runs so many flows, as many at a time as there are clients. @throws when a step is not answered as it must be */
export async function runFlows({ start, token }: ServerAddress, sessions: number): Promise<void> {
  const pool = new Pool(new URL(start).origin, { connections: CLIENT_IDS.length });
  let left = sessions;
  try {
    await Promise.all(
      CLIENT_IDS.map(async (clientId) => {
        while (left-- > 0)
          await runFlow(pool, { start: new URL(start).pathname, token: new URL(token).pathname }, clientId);
      }),
    );
  } finally {
    await pool.close();
  }
}

async function runFlow(pool: Pool, { start, token }: ServerAddress, clientId: string): Promise<void> {
  const credentials = { client_id: clientId, client_secret: clientSecretOf(clientId) };
  const started = await post(pool, start, credentials);
  expectAnswer(started, 200, 'device_code');
  const grant = {
    ...credentials,
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: String(started.body.device_code),
  };
  for (let poll = 1; poll <= PENDING_POLLS; poll += 1) {
    const pending = await post(pool, token, grant, { [AHEAD_HEADER]: String(poll * INTERVAL_MS) });
    if (pending.body.error !== 'authorization_pending')
      throw new Error(`A poll was answered ${JSON.stringify(pending)}.`);
  }
  const last = {
    [AHEAD_HEADER]: String((PENDING_POLLS + 1) * INTERVAL_MS),
    [APPROVE_HEADER]: String(started.body.user_code),
  };
  expectAnswer(await post(pool, token, grant, last), 200, 'access_token');
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(pool: Pool, path: string, members: Record<string, string>, headers = {}): Promise<Answer> {
  const { statusCode, body } = await pool.request({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(members).toString(),
  });
  return { status: statusCode, body: (await body.json()) as Answer['body'] };
}

function expectAnswer(answer: Answer, status: number, member: string): void {
  if (answer.status !== status || answer.body[member] === undefined)
    throw new Error(`A step was answered ${JSON.stringify(answer)}.`);
}
