import { createHash } from 'node:crypto';
import { RegisterClientCommand } from '@aws-sdk/client-sso-oidc';
import { describe, expect, it } from 'vitest';
import { createTestClock, decide, poll, present, sdkFor, startDevice, startForTest } from './identity-center-driver.ts';

describe('the verification page', () => {
  it('asks for a code when the link has none', async () => {
    const center = await startForTest();

    for (const path of ['/', '/start', '/?user_code=']) {
      const page = await fetch(`${center.url}${path}`);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('name="user_code"');
    }
  });

  it('shows the code, who asks, and a form for each answer', async () => {
    const center = await startForTest();
    const device = await startDevice(center, sdkFor(center));

    const page = await (await fetch(device.verificationUriComplete)).text();

    expect(page).toContain(`<code>${device.userCode}</code>`);
    expect(page).toContain('kiosk-7');
    expect(page).toContain('<form action="/approve" method="post">');
    expect(page).toContain('<form action="/deny" method="post">');
    expect(page.split(`name="user_code" value="${device.userCode}"`)).toHaveLength(3);
  });

  it('never shows the device code', async () => {
    const center = await startForTest();
    const device = await startDevice(center, sdkFor(center));

    const page = await (await fetch(device.verificationUriComplete)).text();

    expect(page).not.toContain(device.deviceCode);
  });

  it('shows a client name as text, whatever is in it', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const clientName = `<script>alert('1')</script>"&`;
    const registered = await sdk.send(new RegisterClientCommand({ clientName, clientType: 'public' }));
    const client = { clientId: present(registered.clientId), clientSecret: present(registered.clientSecret) };
    const device = await startDevice(center, sdk, client);

    const page = await (await fetch(device.verificationUriComplete)).text();

    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;');
  });

  it('repeats nothing of a code that is not known', async () => {
    const center = await startForTest();

    const page = await fetch(`${center.url}/?user_code=${encodeURIComponent('"><script>alert(1)</script>')}`);

    expect(page.status).toBe(404);
    expect((await page.text()).toLowerCase()).not.toContain('alert');
  });

  it('allows only its own style, no script, no frame', async () => {
    const center = await startForTest();

    const page = await fetch(center.url);
    const policy = page.headers.get('content-security-policy') ?? '';
    const style = /<style>(.*)<\/style>/s.exec(await page.text())?.[1] ?? '';

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it.each([
    ['lower case', (code: string) => code.toLowerCase()],
    ['no dash', (code: string) => code.replace('-', '')],
    ['spaces', (code: string) => ` ${code.split('').join(' ')} `],
  ])('takes a code typed with %s', async (_case, retype) => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    const typed = retype(device.userCode);

    const shown = await fetch(`${center.url}/?user_code=${encodeURIComponent(typed)}`);
    const approved = await decide(center, 'approve', typed);

    expect([shown.status, approved.status]).toEqual([200, 200]);
    expect(await approved.text()).toContain('<h1>Approved</h1>');
    await expect(poll(sdk, device)).resolves.toHaveProperty('accessToken');
  });

  it('says that a device was refused', async () => {
    const center = await startForTest();
    const device = await startDevice(center, sdkFor(center));

    const denied = await decide(center, 'deny', device.userCode);

    expect(denied.status).toBe(200);
    expect(await denied.text()).toContain('<h1>Denied</h1>');
  });

  it('gives a form that is sent twice the same answer', async () => {
    const center = await startForTest();
    const device = await startDevice(center, sdkFor(center));
    await decide(center, 'approve', device.userCode);

    const again = await decide(center, 'approve', device.userCode);

    expect(again.status).toBe(200);
    expect(await again.text()).toContain('<h1>Approved</h1>');
  });

  it('lets the first decision stand', async () => {
    const center = await startForTest();
    const sdk = sdkFor(center);
    const device = await startDevice(center, sdk);
    await decide(center, 'deny', device.userCode);

    const late = await decide(center, 'approve', device.userCode);

    expect(late.status).toBe(410);
    expect(await late.text()).toContain('already denied');
    await expect(poll(sdk, device)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it.each(['', 'ZZZZ-ZZZZ'])('answers the unknown code "%s" with what to do next', async (userCode) => {
    const center = await startForTest();

    const page = await decide(center, 'approve', userCode);

    expect(page.status).toBe(404);
    expect(await page.text()).toContain('enter it again');
  });

  it('answers an expired code with what to do next and approves nothing', async () => {
    const clock = createTestClock();
    const center = await startForTest({ now: clock.now });
    const device = await startDevice(center, sdkFor(center));
    clock.advanceSeconds(600);

    const shown = await fetch(device.verificationUriComplete);
    const approved = await decide(center, 'approve', device.userCode);

    expect([shown.status, approved.status]).toEqual([410, 410]);
    expect(await approved.text()).toContain('Start the sign-in on the device again');
  });

  it('is reachable on 127.0.0.1 only', async () => {
    const center = await startForTest();

    await expect(fetch(center.url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow();
  });

  it.each(['approve', 'deny', 'knobs'])('refuses POST /%s from another site', async (path) => {
    const center = await startForTest();

    const response = await fetch(`${center.url}/${path}`, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
      body: '{}',
    });

    expect(response.status).toBe(403);
  });
});
