import type { LocalBroker } from '../../local/broker.ts';

/** What people do in a browser while a device waits. */

/** Approves a sign-in: on AWS's page at once, or through the broker's own page in a fleet with deferred approval. */
export async function approve(broker: LocalBroker, verificationUriComplete: string): Promise<void> {
  const link = new URL(verificationUriComplete);
  const awsLink = link.origin === broker.api ? await continueToAws(broker, link) : link;
  const userCode = awsLink.searchParams.get('user_code') ?? '';
  await post(`${broker.identityCenter}/approve`, { user_code: userCode });
}

/** Presses Continue on the broker's page. */
async function continueToAws(broker: LocalBroker, link: URL): Promise<URL> {
  const page = await fetch(link);
  const html = await page.text();
  const hidden = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
  const answer = await post(
    `${broker.api}/activate`,
    { csrf_token: hidden('csrf_token'), user_code: hidden('user_code'), do: 'continue' },
    { Cookie: (page.headers.get('set-cookie') ?? '').split(';')[0] ?? '' },
  );
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`The page did not lead on to AWS (HTTP ${answer.status}).`);
  return new URL(location);
}

async function post(url: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
  await answer.body?.cancel();
  return answer;
}

/** An operator's call of the ops API; the local run asks that it is signed, not by whom. */
export async function operate(broker: LocalBroker, path: string, body: unknown = {}): Promise<void> {
  const signature = `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const answer = await fetch(broker.api + path, {
    method: 'POST',
    headers: { Authorization: signature, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
}
