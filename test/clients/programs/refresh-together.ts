/** Twenty processes of one device refresh at the same moment: upstream hears one of them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { login } from '../support/device.ts';
import { broker, upstreamCalls } from '../support/local-broker.ts';
import { run } from '../support/programs.ts';

const TOKEN_SECONDS = 4;
const PROCESSES = 20;

/** Waits for the moment that all have agreed on, refreshes once, and prints the answer. */
const REFRESH = `
  const { url, request, atEpochMs } = JSON.parse(process.env.REFRESH);
  while (Date.now() < atEpochMs) await new Promise((resolve) => setTimeout(resolve, atEpochMs - Date.now()));
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) });
  process.stdout.write(await answer.text());
`;

it(`${PROCESSES} processes that refresh together cause one call upstream and get one token`, async () => {
  const { identityCenterKnobs } = broker();
  identityCenterKnobs.accessTokenLifetimeSeconds = TOKEN_SECONDS;
  const { accessToken, clientId, clientSecret, refreshToken } = await login(broker());
  identityCenterKnobs.accessTokenLifetimeSeconds = 3600;
  // A token is refreshed upstream when less than a third of its life is left.
  await sleep(TOKEN_SECONDS * 700);
  const before = upstreamCalls(broker(), 'CreateToken', 'ok');
  identityCenterKnobs.latencyMs = 1500;

  const request = { clientId, clientSecret, refreshToken, grantType: 'refresh_token' };
  const REFRESH_JSON = JSON.stringify({ url: `${broker().api}/token`, request, atEpochMs: Date.now() + 2000 });
  const finished = await Promise.all(
    Array.from({ length: PROCESSES }, () =>
      run(process.execPath, ['--input-type=module', '--eval', REFRESH], { env: { REFRESH: REFRESH_JSON } }),
    ),
  );
  identityCenterKnobs.latencyMs = 0;

  const answers = finished.map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
  expect(new Set(answers.map((answer) => answer.accessToken)).size).toBe(1);
  expect(answers[0]?.accessToken).not.toBe(accessToken);
  expect(new Set(answers.map((answer) => answer.refreshToken))).toEqual(new Set([refreshToken]));
  expect(upstreamCalls(broker(), 'CreateToken', 'ok') - before).toBe(1);
});
