/** API Gateway's own answers, as the template shapes them, given when a test says so. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Template } from '../../../local/intrinsics.ts';
import { readTemplate } from '../../../local/template.ts';
import type { ApiDefinition } from '../../../local/template-api.ts';
import { brokerTemplate } from '../../support/synth.ts';

/** An answer to one request. */
export interface ScriptedAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The REST API of the deployed template. */
export function deployedApi(): ApiDefinition {
  return readTemplate(brokerTemplate().toJSON() as Template, () => '').api;
}

/** Statuses that API Gateway has where the template leaves them. */
const OWN_STATUS = 400;

/** What the gateway answers for a response type. */
export function gatewayResponse(api: ApiDefinition, responseType: string): ScriptedAnswer {
  const response = api.gatewayResponses[responseType];
  if (response?.template === undefined) throw new Error(`The template has no gateway response ${responseType}.`);
  return { statusCode: response.statusCode ?? OWN_STATUS, headers: response.headers, body: response.template };
}

/** An answer of the broker's own. */
export function okJson(body: object): ScriptedAnswer {
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** A server that gives these answers one after the other, the last one for ever. */
export async function startScript(answers: readonly ScriptedAnswer[]): Promise<{ url: string; close: () => void }> {
  let asked = 0;
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    request.resume();
    request.on('end', () => response.writeHead(answer?.statusCode ?? 500, answer?.headers).end(answer?.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
