/** A person with a browser at the activation page: the deployed path rules and routes, over a whole broker. */

import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { actActivationRoute, showActivationRoute } from '../../lambda/http/activation-routes.ts';
import { type DeviceEvent, regularPath } from '../../lambda/http/device-event.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { PERSON_IP, type WholeBroker } from '../support/whole-broker.ts';

/** A page as the browser got it. */
export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
  /** What a person reads, without markup. */
  readonly text: string;
  readonly csrfToken: string;
}

export interface VisitorOptions {
  readonly sourceIp?: string;
  /** What stands before the routes in the address. */
  readonly basePath?: string;
  /** Of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a browser that keeps its cookie. */
export function makeVisitor(broker: WholeBroker, options: VisitorOptions = {}) {
  const { sourceIp = PERSON_IP, basePath = '/v1', headers: always = {} } = options;
  const pages = { ...broker, randomBytes: makeFakeRandom(`visitor ${sourceIp}`) };
  const handler = middy<DeviceEvent>()
    .use(regularPath())
    .handler(
      httpRouter<DeviceEvent>([
        { method: 'GET', path: '/activate', handler: showActivationRoute(pages) },
        { method: 'POST', path: '/activate', handler: actActivationRoute(pages) },
      ]),
    );
  let cookie: string | undefined;

  async function request(method: string, query: string, body: string | null, headers: Record<string, string>) {
    const event = {
      resource: '/activate',
      path: '/activate',
      httpMethod: method,
      headers: { 'X-Forwarded-Proto': 'https', ...(cookie && { Cookie: cookie }), ...always, ...headers },
      queryStringParameters: query === '' ? null : { user_code: query },
      pathParameters: null,
      body,
      isBase64Encoded: false,
      requestContext: {
        requestId: 'request-1',
        domainName: 'broker.example',
        path: `${basePath}/activate`,
        identity: { sourceIp },
      },
    };
    const answer = (await handler(event as unknown as DeviceEvent, {} as never)) as APIGatewayProxyResult;
    const page = pageOf(answer);
    cookie = page.headers['Set-Cookie']?.split(';')[0] ?? cookie;
    return page;
  }

  const get = (userCode = '', headers: Record<string, string> = {}) => request('GET', userCode, null, headers);
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    request('POST', '', new URLSearchParams(fields).toString(), headers);

  return {
    get,
    post,
    /** Opens the page of a code and presses one of its buttons. */
    async press(button: 'continue' | 'not_mine', userCode: string): Promise<Page> {
      const { csrfToken } = await get(userCode);
      return post({ do: button, user_code: userCode, csrf_token: csrfToken });
    },
    /** Opens the page without a code and types one. */
    async type(typed: string): Promise<Page> {
      const { csrfToken } = await get();
      return post({ do: 'find', user_code: typed, csrf_token: csrfToken });
    },
    forgetCookie: (): void => {
      cookie = undefined;
    },
  };
}

function pageOf({ statusCode, headers = {}, body }: APIGatewayProxyResult): Page {
  return {
    status: statusCode,
    headers: headers as Record<string, string>,
    html: body,
    text: textOf(body),
    csrfToken: /name="csrf_token" value="([^"]*)"/.exec(body)?.[1] ?? '',
  };
}

/** The text of a page, its title left out. */
export function textOf(html: string): string {
  return html
    .replace(/^.*<main>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
