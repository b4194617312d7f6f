import { describe, expect, it } from 'vitest';
import { makeFakeClock } from '../support/fake-clock.ts';
import { makeWholeBroker } from '../support/whole-broker.ts';
import { makeVisitor, type VisitorOptions } from './visitor.ts';

async function setUp(options: VisitorOptions = {}) {
  const time = makeFakeClock();
  const broker = makeWholeBroker({ time });
  const device = await broker.start('kiosks');
  const visitor = makeVisitor(broker, options);
  const stored = () => broker.stored(device.sessionId);
  return { time, broker, device, visitor, stored };
}

describe('the page that asks for a code', () => {
  it('is a form that posts back to where it came from, below a stage or a base path', async () => {
    const page = await (await setUp({ basePath: '/tokens/v1' })).visitor.get();

    expect(page.status).toBe(200);
    expect(page.html).toContain('<form class="single" method="post" action="/tokens/v1/activate">');
    expect(page.text).toContain('Type the code that your device shows');
    expect(page.html).toMatch(/<label for="user_code">Code<\/label><input id="user_code" name="user_code" required/);
  });

  it.each(['with its dash', 'without', 'in small letters'])('finds the device of a code typed %s', async (how) => {
    const { device, visitor } = await setUp();
    const { userCode } = device;
    const typed =
      how === 'without' ? userCode.replace('-', '') : how === 'in small letters' ? userCode.toLowerCase() : userCode;

    const page = await visitor.type(typed);

    expect(page.status).toBe(200);
    expect(page.text).toContain('Is this your device?');
    expect(page.html).toContain(`<p class="code">${userCode}</p>`);
  });

  it('asks again, in words, for a code that nobody has', async () => {
    const page = await (await setUp()).visitor.type('ZZZZ-ZZZZ');

    expect(page.status).toBe(404);
    expect(page.text).toContain('No device waits with this code. Compare it with the device and type it again.');
    expect(page.html).toContain('name="user_code" required');
  });
});

describe('the page that shows who is asking', () => {
  it('says all that a person needs to recognise the device', async () => {
    const { broker } = await setUp();
    const { key } = await broker.operate.createEnrollmentKey({ fleet: 'kiosks', note: 'lobby, first floor' });
    const client = await broker.enroll({ clientName: 'lobby-3', enrollmentKeyId: key.enrollmentKeyId });
    const { userCode } = await broker.start('kiosks', { clientId: client.clientId, clientSecret: '' });

    const { text } = await makeVisitor(broker).get(userCode);

    expect(text).toContain(userCode);
    expect(text).toContain('Device lobby-3 Fleet kiosks');
    expect(text).toContain('Registered 2027-01-15 08:00 UTC Enrolled with lobby, first floor');
    expect(text).toContain('Asked from 192.0.2.7 Asked at 2027-01-15 08:00 UTC Time left 24 h 0 min');
  });

  it.each([
    [86_399, '23 h 59 min'],
    [3_599, '59 min'],
    [59, '59 s'],
    [1, '1 s'],
  ])('with %i seconds left says %s', async (secondsLeft, words) => {
    const { time, device, visitor } = await setUp();
    time.advanceSeconds(86_400 - secondsLeft);

    expect((await visitor.get(device.userCode)).text).toContain(`Time left ${words} `);
  });

  it('offers going on and refusing with equal weight, and refusing first', async () => {
    const { device, visitor } = await setUp();

    const buttons = [...(await visitor.get(device.userCode)).html.matchAll(/<button[^>]*>[^<]*<\/button>/g)].map(
      String,
    );

    expect(buttons).toEqual([
      '<button name="do" value="not_mine">Not mine</button>',
      '<button name="do" value="continue">Continue</button>',
    ]);
  });

  it('changes nothing, however often it is opened: link scanners and previews approve nothing', async () => {
    const { broker, device, visitor, stored } = await setUp();
    const before = await stored();

    for (let look = 0; look < 30; look += 1) await visitor.get(device.userCode);

    expect(await stored()).toEqual(before);
    expect(broker.upstream.calls).toEqual([]);
    expect(broker.eventsOf('session_settled')).toEqual([]);
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</dd></dl><form action=//evil.example>',
    '&lt;script&gt;',
  ])('shows a device that calls itself %s, and runs nothing', async (clientName) => {
    const { broker } = await setUp();
    const client = await broker.enroll({ clientName, enrollmentKeyId: clientName });
    const { userCode } = await broker.start('kiosks', { clientId: client.clientId, clientSecret: '' });

    const { html } = await makeVisitor(broker).get(userCode);

    expect(html).not.toContain(clientName);
    const shown = /<dt>Device<\/dt><dd>(.*?)<\/dd>/.exec(html)?.[1] ?? '';
    expect(shown).not.toMatch(/[<>"']/);
    expect(shown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(clientName);
  });

  it('does not repeat what was typed', async () => {
    const { visitor } = await setUp();
    const typed = '<b>typed</b>';

    expect((await visitor.type(typed)).html).not.toContain('typed');
    expect((await visitor.get(typed)).html).not.toContain('typed');
  });
});

describe('a person’s decision', () => {
  it('to continue leads on to AWS with 303, so that the form is not sent there', async () => {
    const { device, visitor, stored } = await setUp();

    const page = await visitor.press('continue', device.userCode);

    const { phase, upstreamVerificationUriComplete } = await stored();
    expect(page.status).toBe(303);
    expect(page.headers.Location).toBe(upstreamVerificationUriComplete);
    expect(phase).toBe('pending');
  });

  it('that it is not theirs denies the session at once, and the device is told', async () => {
    const { broker, device, visitor, stored } = await setUp();

    const page = await visitor.press('not_mine', device.userCode);

    expect(page.status).toBe(200);
    expect(page.text).toContain('The device was refused and gets nothing.');
    expect(await stored()).toMatchObject({
      phase: 'denied',
      endReason: 'a person said on the activation page that it is not theirs',
    });
    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'access_denied' });
    expect(broker.upstream.calls).toEqual([]);
  });

  it('that it is not theirs also stops a session whose AWS code is out already', async () => {
    const { broker, device, visitor, stored } = await setUp();
    await visitor.press('continue', device.userCode);
    broker.upstream.approveAt(0);

    await visitor.press('not_mine', device.userCode);
    await broker.pass(60_000);

    expect(await broker.redeemDeviceCode(device)).toMatchObject({ refused: 'access_denied' });
    expect((await stored()).phase).toBe('denied');
    expect(broker.upstream.pollTimes()).toEqual([]);
  });

  it('that it is not theirs says the same when it is sent twice', async () => {
    const { device, visitor } = await setUp();
    const { csrfToken } = await visitor.get(device.userCode);
    const fields = { do: 'not_mine', user_code: device.userCode, csrf_token: csrfToken };

    const first = await visitor.post(fields);

    expect((await visitor.post(fields)).text).toBe(first.text);
  });
});
