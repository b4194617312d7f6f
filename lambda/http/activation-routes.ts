import { timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { logFault } from '../adapters/observer.ts';
import type { CodeAnswer, ContinueAnswer, makeActivateSession } from '../core/activate-session.ts';
import { sha256 } from '../core/hashing.ts';
import type { Clock, RandomBytes } from '../core/ports.ts';
import { WRONG_CODE_WINDOW_SECONDS } from '../core/user-code.ts';
import { confirmPage, enterCodePage, type FormContext, messagePage } from './activation-pages.ts';
import { baseUrlOf, bodyOf, correlationIdOf, type DeviceEvent, headerOf } from './device-event.ts';

/** The routes of deferred approval: `GET` looks, `POST` acts, and only with the token of the page that was looked at. */

export interface ActivationPlane {
  readonly activation: ReturnType<typeof makeActivateSession>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

type Route = (event: DeviceEvent) => Promise<APIGatewayProxyResult>;

/** A person gets a page, also when something is broken. */
function withErrorPage(route: Route): Route {
  return async (event) => {
    try {
      return await route(event);
    } catch (error) {
      logFault('activation_failed', error, { correlationId: correlationIdOf(event) });
      return messagePage(
        503,
        'Something went wrong',
        'The broker could not do this now. Go back and try again in a moment.',
        {
          'Retry-After': '5',
        },
      );
    }
  };
}

const COOKIE = 'ftb_activation';
const MAX_FORM_BYTES = 4_096;

/** `GET /activate`: asks for the code, or for the code in the link shows who is asking. Never changes a session. */
export function showActivationRoute({ activation, clock, randomBytes }: ActivationPlane): Route {
  return withErrorPage(async (event) => {
    const form = formContext(event, randomBytes);
    const typed = event.queryStringParameters?.user_code;
    if (!typed) return enterCodePage(form);
    return pageOf(await activation.find(typed, sourceIpOf(event)), form, clock);
  });
}

/** `POST /activate`: finds a typed code, goes on to AWS (303), or refuses the device. */
export function actActivationRoute({ activation, clock, randomBytes }: ActivationPlane): Route {
  return withErrorPage(async (event) => {
    const fields = new URLSearchParams(bodyOf(event, MAX_FORM_BYTES) ?? '');
    const form = formContext(event, randomBytes);
    if (!isFromOurPage(event, fields.get('csrf_token') ?? '')) {
      return enterCodePage(form, {
        status: 403,
        text: 'This form was not opened here, or has been open too long. Type the code again.',
      });
    }
    const typed = fields.get('user_code') ?? '';
    switch (fields.get('do')) {
      case 'continue':
        return continued(await activation.continueToAws(typed, sourceIpOf(event)), form, clock);
      case 'not_mine':
        return refusedByPerson(await activation.notMine(typed, sourceIpOf(event)), form, clock);
      default:
        return pageOf(await activation.find(typed, sourceIpOf(event)), form, clock);
    }
  });
}

function continued(answer: ContinueAnswer, form: FormContext, clock: Clock): APIGatewayProxyResult {
  switch (answer.kind) {
    case 'continue':
      // 303, so that the browser follows with GET and does not repeat the form (RFC 9700 §4.12).
      return messagePage(303, 'On to AWS', 'Your browser goes on to AWS.', {
        Location: answer.verificationUriComplete,
      });
    case 'busy':
      return messagePage(
        503,
        'Just a moment',
        `An AWS code for this device is about to end. Continue again in ${answer.retryAfterSeconds} seconds.`,
        {
          'Retry-After': String(answer.retryAfterSeconds),
        },
      );
    case 'refused':
      return messagePage(503, 'AWS did not answer', answer.refusal.description, { 'Retry-After': '5' });
    default:
      return pageOf(answer, form, clock);
  }
}

function refusedByPerson(answer: CodeAnswer, form: FormContext, clock: Clock): APIGatewayProxyResult {
  return answer.kind === 'settled' && answer.session.phase === 'denied'
    ? messagePage(
        200,
        'Refused',
        'The device was refused and gets nothing. Tell your operators if you did not expect it. You can close this page.',
      )
    : pageOf(answer, form, clock);
}

function pageOf(answer: CodeAnswer, form: FormContext, clock: Clock): APIGatewayProxyResult {
  switch (answer.kind) {
    case 'asking':
      return confirmPage(form, answer.asking, clock.nowMs());
    case 'unknown':
      return enterCodePage(form, {
        status: 404,
        text: 'No device waits with this code. Compare it with the device and type it again.',
      });
    case 'settled':
      return messagePage(
        410,
        'Nothing to do',
        `This sign-in is ${answer.session.phase} already. To sign in again, start it anew on the device.`,
      );
    case 'too_many_wrong_codes':
      return messagePage(
        429,
        'Too many wrong codes',
        `Too many wrong codes came from your network. Try again in ${WRONG_CODE_WINDOW_SECONDS / 60} minutes.`,
        {
          'Retry-After': String(WRONG_CODE_WINDOW_SECONDS),
        },
      );
    default:
      return answer satisfies never;
  }
}

/** The caller's address by the gateway's word, never by a header. */
const sourceIpOf = (event: DeviceEvent): string => event.requestContext.identity.sourceIp;

/** Double submit: the page holds what the browser's cookie holds (a cookie that no other site can read or set). */
function formContext(event: DeviceEvent, randomBytes: RandomBytes): FormContext {
  const csrfToken = cookieOf(event) ?? Buffer.from(randomBytes(32)).toString('base64url');
  const base = baseUrlOf(event);
  const secure = base.startsWith('https:') ? '; Secure' : '';
  const path = `${event.basePath ?? ''}/activate`;
  return {
    action: path,
    csrfToken,
    // Lax, not Strict: a second link, opened from a mail, would replace the token of a page that is open already.
    cookie: `${COOKIE}=${csrfToken}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=3600${secure}`,
  };
}

function cookieOf(event: DeviceEvent): string | undefined {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{43})(?:;|$)`).exec(headerOf(event, 'cookie') ?? '')?.[1];
}

function isFromOurPage(event: DeviceEvent, csrfToken: string): boolean {
  const site = headerOf(event, 'sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const cookie = cookieOf(event);
  return cookie !== undefined && timingSafeEqual(Buffer.from(sha256(cookie)), Buffer.from(sha256(csrfToken)));
}
