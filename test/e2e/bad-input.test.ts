import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { anyRequest } from './any-request.ts';
import {
  badDeviceAuthorizations,
  badDynamicRegistrations,
  badRegistrations,
  badRevocations,
} from './bad-input-device.ts';
import { startFilledBroker } from './bad-input-facts.ts';
import { badOpsActs, badOpsCallers, badOpsReads } from './bad-input-ops.ts';
import { badActivations, badCredentialRequests } from './bad-input-people.ts';
import { badBodies, badPaths, badTokenRequests } from './bad-input-token.ts';
import { type Answered, type BadRequest, sendBadly } from './bad-request.ts';
import { poll } from './device.ts';
import { readWholeTable, type StoredItem } from './table-snapshot.ts';

/** The exceptions of the SSO OIDC model, by the `error` that means the same. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  invalid_request: 'InvalidRequestException',
  invalid_client: 'InvalidClientException',
  invalid_grant: 'InvalidGrantException',
  invalid_client_metadata: 'InvalidClientMetadataException',
  invalid_redirect_uri: 'InvalidRedirectUriException',
  unsupported_grant_type: 'UnsupportedGrantTypeException',
  invalid_token: 'AccessDeniedException',
  access_denied: 'AccessDeniedException',
};

const NOTHING = { status: 0, code: '' };

const facts = await startFilledBroker();
const { api } = facts.broker;
/** Without the count of wrong user codes, which is there to be counted up. */
const storedItems = async (): Promise<StoredItem[]> =>
  (await readWholeTable(facts.broker)).filter(({ pk }) => !pk?.S?.startsWith('WRONGCODES#'));
const before = await storedItems();
afterAll(() => facts.broker.close());

/** Sends it; whatever the answer is, the table must be as it was. */
async function refusalOf(request: BadRequest): Promise<Answered> {
  const answer = await sendBadly(api, request);
  expect(await storedItems()).toEqual(before);
  for (const [name, value] of Object.entries(request.refused.headers ?? {})) {
    expect(answer.headers.get(name)).toBe(value);
  }
  return answer;
}

describe('the device plane refuses in the envelope of both dialects, and stores nothing', () => {
  it.each([
    ...badRegistrations(facts),
    ...badDynamicRegistrations(facts),
    ...badDeviceAuthorizations(facts),
    ...badTokenRequests(facts),
    ...badRevocations(facts),
    ...badBodies(facts),
    ...badPaths(facts),
    ...badOpsCallers().filter(({ refused }) => refused.code === 'access_denied'),
  ])('$wrong', async (request) => {
    const { status, code, says } = request.refused;

    const { headers, text, ...answer } = await refusalOf(request);

    const body = JSON.parse(text) as Record<string, unknown>;
    expect({ ...answer, body }).toEqual({
      status,
      body: { error: code, error_description: expect.stringContaining(says ?? ''), message: body.error_description },
    });
    expect(headers.get('x-amzn-ErrorType')).toBe(EXCEPTIONS[code]);
    expect(headers.get('Content-Type')).toBe('application/json');
    expect(headers.get('Cache-Control')).toBe('no-store');
  });
});

describe('the ops API refuses with a problem (RFC 9457), and stores nothing', () => {
  it.each([
    ...badOpsReads(),
    ...badOpsActs(facts),
    ...badOpsCallers().filter(({ refused }) => refused.code !== 'access_denied'),
  ])('$wrong', async (request) => {
    const { status, code, says } = request.refused;

    const { headers, text, ...answer } = await refusalOf(request);

    expect({ ...answer, body: JSON.parse(text) }).toMatchObject({
      status,
      body: { status, code, title: expect.stringMatching(/\w/), detail: expect.stringContaining(says ?? '') },
    });
    expect(headers.get('Content-Type')).toBe('application/problem+json');
  });
});

describe('role credentials are refused as SDKs read it, and nothing is stored', () => {
  it.each(badCredentialRequests(facts))('$wrong', async (request) => {
    const { status, code, says } = request.refused;

    const { headers, text, ...answer } = await refusalOf(request);

    // Some providers read `Code` and `Message`.
    const body = JSON.parse(text) as Record<string, unknown>;
    const message = expect.stringContaining(says ?? '');
    expect({ ...answer, body }).toEqual({ status, body: { code, message, Code: code, Message: body.message } });
    expect(headers.get('Cache-Control')).toBe('no-store');
  });
});

describe('the page of deferred approval says what to do next, and stores nothing', () => {
  it.each(badActivations())('$wrong', async (request) => {
    const { status, says } = request.refused;

    const { headers, text, ...answer } = await refusalOf(request);

    expect(answer).toEqual({ status });
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(text).toContain(says);
    expect(text).not.toContain('<script');
  });
});

describe('whatever is sent to whatever route', () => {
  it('is answered in JSON or as a page, without a fault of the broker, and changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest(facts), async (request) => {
        const { status, headers, text } = await sendBadly(api, { ...request, wrong: '', refused: NOTHING });

        expect(status).toBeLessThan(500);
        const isPage = headers.get('Content-Type')?.startsWith('text/html');
        expect(isPage || text === '' || typeof JSON.parse(text) === 'object').toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(await storedItems()).toEqual(before);
  });
});

describe('after all that', () => {
  it('the tokens that waited for their device are still there for it', async () => {
    const { status, body } = await poll(facts.broker, facts.approved);

    expect({ status, body }).toMatchObject({ status: 200, body: { accessToken: expect.stringMatching(/^aoaAAAAA/) } });
  });
});
