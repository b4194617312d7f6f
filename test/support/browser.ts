/** A person with a browser at the running broker's activation page. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, send } from '../clients/support/http.ts';

/** Makes a browser that keeps its cookie and follows no redirect. */
export function makeBrowser() {
  let cookie = '';

  async function visit(url: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await send(url, { ...init, headers: { ...init.headers, ...(cookie && { Cookie: cookie }) } });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return answer;
  }

  return {
    visit,

    /** Opens a link and presses one of the buttons of its page. */
    async press(button: 'continue' | 'not_mine', link: string): Promise<Answer> {
      const page = await visit(link);
      const fields = [...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
      const form = new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]));
      form.set('do', button);
      const action = /<form[^>]* action="([^"]*)"/.exec(page.text)?.[1] ?? '';
      return visit(new URL(action, link).href, { method: 'POST', body: form });
    },
  };
}

/** Continues to AWS with a browser of its own, and again after a moment when the page says so. @returns AWS's user code */
export async function continueToAws(link: string): Promise<string> {
  for (;;) {
    const { status, headers, text } = await makeBrowser().press('continue', link);
    if (status === 303) return new URL(headers.get('location') ?? '').searchParams.get('user_code') ?? '';
    if (status !== 503) throw new Error(`The page leads nowhere: ${status} ${text}`);
    await sleep(Number(headers.get('retry-after')) * 1000);
  }
}
