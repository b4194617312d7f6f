import { createHash } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { Asking } from '../core/activate-session.ts';

/**
 * The pages of deferred approval. Plain HTML forms: they work without JavaScript, by keyboard and on a phone. Nothing is loaded
 * from anywhere; nothing is in them that the person need not know.
 */

const STYLE = `:root{color-scheme:light dark;--ink:#16191d;--soft:#5a6270;--line:#cfd5dd;--paper:#fff;--ground:#f3f5f8;--act:#0b5fc4;--act-ink:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e9ecf1;--soft:#a3acba;--line:#3c444f;--paper:#1a1e24;--ground:#101318;--act:#6cb0ff;--act-ink:#08131f}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:2rem 1rem}section{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;padding:1.5rem}
h1{font-size:1.35rem;margin:0 0 .75rem}p{margin:.5rem 0}.soft{color:var(--soft)}
.code{font:700 2rem/1.2 ui-monospace,monospace;letter-spacing:.08em;margin:.75rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
label{display:block;font-weight:600;margin-bottom:.35rem}
input{width:100%;font:600 1.5rem/1.2 ui-monospace,monospace;letter-spacing:.08em;padding:.6rem .75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--ground);color:var(--ink);text-transform:uppercase}
.choice{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin-top:1.25rem}
button{width:100%;min-height:3rem;font:600 1rem system-ui,sans-serif;border-radius:.5rem;border:2px solid var(--act);cursor:pointer;padding:.5rem;background:var(--paper);color:var(--act)}
.single button{margin-top:1rem;background:var(--act);color:var(--act-ink)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Text as HTML: whatever a device called itself is shown, not run. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page that nobody may frame, that loads nothing and that tells nobody where it was (RFC 9700 §4.16, §4.2). */
function page(
  statusCode: number,
  title: string,
  content: string,
  headers: Record<string, string> = {},
): APIGatewayProxyResult {
  return {
    statusCode,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      // The form leads on to the AWS page, whose host AWS changes now and then: hence any https form target.
      'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self' https: http://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'`,
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      ...headers,
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${STYLE}</style></head><body><main><section><h1>${escaped(title)}</h1>${content}</section></main></body></html>`,
  };
}

/** What a form needs besides its fields: where it posts to, and the token that proves it came from this page. */
export interface FormContext {
  readonly action: string;
  readonly csrfToken: string;
  readonly cookie: string;
}

const hidden = (name: string, value: string): string =>
  `<input type="hidden" name="${name}" value="${escaped(value)}">`;

/** Asks for the code that the device shows. */
export function enterCodePage(form: FormContext, problem?: { status: number; text: string }): APIGatewayProxyResult {
  const alert = problem === undefined ? '' : `<p role="alert"><strong>${escaped(problem.text)}</strong></p>`;
  return page(
    problem?.status ?? 200,
    'Sign in a device',
    `${alert}<p>Type the code that your device shows. You will then see which device is asking.</p>
<form class="single" method="post" action="${escaped(form.action)}">${hidden('csrf_token', form.csrfToken)}
<label for="user_code">Code</label><input id="user_code" name="user_code" required autocomplete="off" autocapitalize="characters" spellcheck="false" inputmode="text" maxlength="12" placeholder="XXXX-XXXX" autofocus>
<button name="do" value="find">Next</button></form>`,
    { 'Set-Cookie': form.cookie },
  );
}

/** Shows who is asking; going on and refusing have the same weight. */
export function confirmPage(form: FormContext, asking: Asking, nowMs: number): APIGatewayProxyResult {
  const { session, client, enrollmentKey } = asking;
  const secondsLeft = Math.max(0, Math.round(session.expiresAt - nowMs / 1000));
  const enrolledBy = enrollmentKey?.note ?? client?.enrollmentKeyId ?? 'unknown';
  const facts: [string, string][] = [
    ['Device', session.clientName],
    ['Fleet', session.fleet],
    ['Registered', client === undefined ? 'unknown' : timeOf(client.createdAtMs)],
    ['Enrolled with', enrolledBy],
    ['Asked from', session.sourceIp],
    ['Asked at', timeOf(session.createdAtMs)],
    ['Time left', durationOf(secondsLeft)],
  ];
  return page(
    200,
    'Is this your device?',
    `<p>This device asks to sign in to AWS in your name. Compare the code with the one on its screen:</p>
<p class="code">${escaped(session.userCode ?? '')}</p>
<dl>${facts.map(([term, fact]) => `<dt>${term}</dt><dd>${escaped(fact)}</dd>`).join('')}</dl>
<p class="soft">Continue leads to AWS, where you approve or deny. This broker keeps the sign-in and gives it to this device. If somebody sent you this code, or you do not stand in front of the device, it is not yours.</p>
<form class="choice" method="post" action="${escaped(form.action)}">${hidden('csrf_token', form.csrfToken)}${hidden('user_code', session.userCode ?? '')}
<button name="do" value="not_mine">Not mine</button><button name="do" value="continue">Continue</button></form>`,
    { 'Set-Cookie': form.cookie },
  );
}

/** Says what happened, or why nothing can, and what to do next. */
export function messagePage(
  status: number,
  title: string,
  text: string,
  headers: Record<string, string> = {},
): APIGatewayProxyResult {
  return page(status, title, `<p>${escaped(text)}</p>`, headers);
}

const timeOf = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function durationOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
