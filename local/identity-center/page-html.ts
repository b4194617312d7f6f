import { createHash } from 'node:crypto';
import type { Answer } from './wire.ts';

/** HTML whose variable parts are escaped; only `html` makes it, so that text cannot slip in raw. */
export type Html = { readonly markup: string };

const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --text: #16191f; --quiet: #545b64; --line: #8d959f;
  --accent: #0b5cad; --on-accent: #fff; --danger: #a8160c }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1419; --card: #1a2029; --text: #eef1f4; --quiet: #a9b2bd;
  --line: #6b7480; --accent: #7db8f5; --on-accent: #0b1826; --danger: #ff9a8f } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; grid-template-columns: minmax(0, 28rem);
  padding: 1rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { background: var(--card); border-radius: .75rem; padding: 1.5rem; box-shadow: 0 1px 4px #0003 }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25 }
p, dl { margin: 0 0 1rem } dt, label, small { color: var(--quiet); font-size: .875rem }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere }
code, input { font: 600 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .08em }
label, input, small { display: block }
main > small { margin-top: 1.25rem }
input { width: 100%; padding: .5rem .75rem; margin: .25rem 0; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; text-transform: uppercase }
button { width: 100%; min-height: 3rem; margin-top: .75rem; border: 2px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); font: 600 1rem system-ui, sans-serif; cursor: pointer }
button.deny { border-color: var(--danger); background: transparent; color: var(--danger) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/** The page runs no script, loads nothing, and cannot be framed under somebody else's buttons. */
const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Template tag: every inserted text is escaped, inserted `Html` is taken as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const rendered = values.map((value) => (typeof value === 'string' ? escapeText(value) : value.markup));
  return { markup: parts.reduce((markup, part, index) => markup + rendered[index - 1] + part) };
}

/** A whole page as an answer. The title doubles as the heading. */
export function htmlPage(status: number, title: string, content: Html): Answer {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
<small>Local stand-in for IAM Identity Center: nothing here reaches AWS.</small>
</main>
</body>
</html>
`;
  return { outcome: 'ok', status, headers: HEADERS, body: markup };
}

function escapeText(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
