/** One script of RFC 8628, 6749 and 7009 for any authorization server: what each step is answered. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DEVICE_GRANT, type DeviceClient } from '../support/device.ts';
import { type Answer, basic, eventually, postForm, postJson } from '../support/http.ts';

/** A server, and what a person does there. Clients authenticate by `client_secret_post`. */
export interface FlowServer {
  readonly endpoints: { readonly start: string; readonly token: string; readonly revoke: string };
  register(): Promise<DeviceClient>;
  /** Of the device codes that are issued from now on. */
  setCodeLifetime(seconds: number): void;
  approve(userCode: string): Promise<unknown>;
  deny(userCode: string): Promise<unknown>;
}

/** `<status> <error>`, or the status and the names of the members. */
function seen({ status, body }: Answer): string {
  return `${status} ${body.error ?? Object.keys(body).sort().join(' ')}`.trim();
}

/** Runs the script. @returns what was seen at each step, by the step's name */
export async function runFlow(server: FlowServer): Promise<Record<string, string>> {
  const { start: startUrl, token: tokenUrl, revoke: revokeUrl } = server.endpoints;
  const [own, other] = [formOf(await server.register()), formOf(await server.register())];
  const steps: Record<string, string> = {};
  const step = async (name: string, answer: Promise<Answer>): Promise<Answer> => {
    const given = await answer;
    steps[name] = seen(given);
    return given;
  };
  const begin = async (): Promise<Record<string, string>> =>
    (await postForm(startUrl, own)).body as Record<string, string>;
  const poll = (started: Record<string, string>, client = own): Promise<Answer> =>
    postForm(tokenUrl, { ...client, grant_type: DEVICE_GRANT, device_code: started.device_code ?? '' });
  const refresh = (refresh_token: string, client = own): Promise<Answer> =>
    postForm(tokenUrl, { ...client, grant_type: 'refresh_token', refresh_token });
  const settle = (started: Record<string, string>): Promise<Answer> =>
    eventually(async () => {
      const answer = await poll(started);
      return ['authorization_pending', 'slow_down'].includes(String(answer.body.error)) ? undefined : answer;
    });

  await step('start with JSON', postJson(startUrl, own));
  await step('start without a client', postForm(startUrl, {}));
  await step('start with a wrong secret', postForm(startUrl, { ...own, client_secret: 'wrong' }));
  await step(
    'start with a repeated parameter',
    postForm(startUrl, [...Object.entries(own), ['scope', 'a'], ['scope', 'b']]),
  );
  const both = { Authorization: basic(own.client_id, own.client_secret) };
  await step('start with two authentications', postForm(startUrl, own, both));
  const started = (await step('start', postForm(startUrl, own))).body as Record<string, string>;

  await step('token without a grant type', postForm(tokenUrl, own));
  await step('token with an unknown grant type', postForm(tokenUrl, { ...own, grant_type: 'urn:x' }));
  await step('token without a device code', postForm(tokenUrl, { ...own, grant_type: DEVICE_GRANT }));
  await step('token with an unknown device code', poll({ device_code: 'unknown' }));
  await step("token with another client's device code", poll(started, other));
  await step('token while pending', poll(started));
  const hasty = await Promise.all(Array.from({ length: 30 }, () => poll(started)));
  steps['30 polls at once'] = [...new Set(hasty.map(seen))].sort().join(', ');

  await server.approve(started.user_code ?? '');
  const tokens = (await step('token after the approval', settle(started))).body as Record<string, string>;
  await step('refresh', refresh(tokens.refresh_token ?? ''));
  await step("refresh with another client's token", refresh(tokens.refresh_token ?? '', other));
  await step('revoke without a token', postForm(revokeUrl, own));
  await step('revoke an unknown token', postForm(revokeUrl, { ...own, token: 'unknown' }));
  await step('revoke', postForm(revokeUrl, { ...own, token: tokens.refresh_token ?? '' }));
  await step('refresh after revoking', refresh(tokens.refresh_token ?? ''));

  const replayed = await begin();
  await server.approve(replayed.user_code ?? '');
  const first = await settle(replayed);
  const again = await step('token a second time', poll(replayed));
  steps['the same tokens a second time'] = String(again.body.access_token === first.body.access_token);

  const denied = await begin();
  await server.deny(denied.user_code ?? '');
  await step('token after a denial', settle(denied));

  server.setCodeLifetime(1);
  const expired = await begin();
  server.setCodeLifetime(600);
  await sleep(1500);
  await step('token after the end of the code', settle(expired));
  return steps;
}

function formOf({ clientId, clientSecret }: DeviceClient): { client_id: string; client_secret: string } {
  return { client_id: clientId, client_secret: clientSecret };
}
