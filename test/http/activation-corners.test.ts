import { describe, expect, it } from 'vitest';
import { confirmPage } from '../../lambda/http/activation-pages.ts';
import { showActivationRoute } from '../../lambda/http/activation-routes.ts';
import { makeVisitor } from '../deferred/visitor.ts';
import { makeFakeClock, START_MS } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { makeClient, makeEnrollmentKey, makeSession } from '../support/fake-records.ts';
import { deviceEvent } from '../support/http-event.ts';
import { makeWholeBroker } from '../support/whole-broker.ts';

const FORM = { action: '/v1/activate', csrfToken: 'token', cookie: 'cookie' } as never;
const pageOf = (asking: object): string =>
  confirmPage(FORM, { session: makeSession(), ...asking } as never, START_MS).body;

describe('the page that says who is asking', () => {
  it('names the note of the enrollment key, or the key when it has none', () => {
    const client = makeClient({ enrollmentKeyId: 'key-1' });

    expect(pageOf({ client, enrollmentKey: makeEnrollmentKey({ note: 'lobby, floor 2' }) })).toContain(
      'lobby, floor 2',
    );
    expect(pageOf({ client, enrollmentKey: makeEnrollmentKey() })).toContain('<dd>key-1</dd>');
  });

  it('says that it does not know, when the client is gone', () => {
    expect(pageOf({}).match(/<dd>unknown<\/dd>/g)).toHaveLength(2);
  });

  it('without a code of the session shows none, rather than a word that looks like one', () => {
    const { userCode: _, ...session } = makeSession();

    expect(pageOf({ session })).toContain('<p class="code"></p>');
  });
});

describe('the page at the root of a domain', () => {
  it('sends its form there', async () => {
    const broker = makeWholeBroker({ time: makeFakeClock() });
    const route = showActivationRoute({ ...broker, randomBytes: makeFakeRandom() });

    const { body } = await route(deviceEvent({ method: 'GET', path: '/activate' }));

    expect(body).toContain('action="/activate"');
  });
});

describe('a form', () => {
  async function visit() {
    const broker = makeWholeBroker({ time: makeFakeClock() });
    const device = await broker.start('kiosks');
    return { broker, device, visitor: makeVisitor(broker) };
  }

  it('without a code in it asks for the code', async () => {
    const { visitor } = await visit();
    const { csrfToken } = await visitor.get();

    expect(await visitor.post({ do: 'find', csrf_token: csrfToken })).toMatchObject({
      status: 404,
      text: expect.stringContaining('type it again'),
    });
  });

  it('that is larger than any of this page is not read', async () => {
    const { visitor, device, broker } = await visit();
    const { csrfToken } = await visitor.get();
    const fields = { do: 'not_mine', user_code: device.userCode, csrf_token: csrfToken, more: 'x'.repeat(5_000) };

    expect((await visitor.post(fields)).status).toBe(403);
    expect((await broker.stored(device.sessionId)).phase).toBe('awaiting_operator');
  });

  it('that refuses a device which does not wait any more says so', async () => {
    const { visitor, broker, device } = await visit();
    const { csrfToken } = await visitor.get(device.userCode);
    await broker.operate.cancel(device.sessionId, 'stolen');

    const page = await visitor.post({ do: 'not_mine', user_code: device.userCode, csrf_token: csrfToken });

    expect(page).toMatchObject({ status: 410, text: expect.stringContaining('cancelled already') });
  });
});
