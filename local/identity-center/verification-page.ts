import type { Decision, DecisionResult, Lookup } from './approvals.ts';
import { html, htmlPage } from './page-html.ts';
import type { Answer } from './wire.ts';

const CODE_FORM = html`<form action="/" method="get">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="hint">
<small id="hint">Eight letters, such as BCDF-GHJK. The dash does not matter.</small>
<button>Continue</button>
</form>
`;

/** Asks for a user code. */
export function codeForm(): Answer {
  return htmlPage(200, 'Enter the code from your device', CODE_FORM);
}

/** Shows who asks and lets a person decide, or says why there is nothing to decide. */
export function confirmation(found: Lookup): Answer {
  if (found.kind !== 'pending') return nothingToDecide(found);
  return htmlPage(
    200,
    'Allow this device to sign in?',
    html`<dl>
<dt>Code</dt><dd><code>${found.userCode}</code></dd>
<dt>Asked by</dt><dd>${found.clientName}</dd>
</dl>
<p>Approve only if you expect this sign-in and your device shows the same code. The device then acts with your access.</p>
<form action="/approve" method="post">
<input type="hidden" name="user_code" value="${found.userCode}">
<button>Approve</button>
</form>
<form action="/deny" method="post">
<input type="hidden" name="user_code" value="${found.userCode}">
<button class="deny">Deny</button>
</form>
`,
  );
}

/** Says what a decision came to. */
export function decisionPage(result: DecisionResult): Answer {
  if (result.kind !== 'decided') return nothingToDecide(result);
  switch (result.decision) {
    case 'approved':
      return htmlPage(
        200,
        'Approved',
        html`<p>The device signs in by itself within a few seconds. You can close this page.</p>`,
      );
    case 'denied':
      return htmlPage(
        200,
        'Denied',
        html`<p>The device was refused. To sign it in after all, start the sign-in on the device again.</p>`,
      );
    default:
      return result.decision satisfies never;
  }
}

function nothingToDecide(result: Exclude<Lookup, { kind: 'pending' }>): Answer {
  switch (result.kind) {
    case 'unknown':
      return htmlPage(
        404,
        'This code is not known',
        html`<p>Check the code that your device shows and enter it again. If it shows none, start its sign-in again.</p>
${CODE_FORM}`,
      );
    case 'expired':
      return htmlPage(
        410,
        'This code has expired',
        html`<p>Start the sign-in on the device again, then enter the new code.</p>
${CODE_FORM}`,
      );
    case 'settled':
      return alreadyDecided(result.decision);
    default:
      return result satisfies never;
  }
}

function alreadyDecided(decision: Decision): Answer {
  return htmlPage(
    410,
    `This code was already ${decision}`,
    html`<p>A code works once. If the device still waits, start its sign-in again and enter the new code.</p>
${CODE_FORM}`,
  );
}
