import { describe, expect, it } from 'vitest';
import { brokerTemplate, resourcesOf } from '../support/synth.ts';

interface Answer {
  readonly status: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly error_description: string; readonly message: string };
}

const answers = new Map<string, Answer>(
  Object.values(resourcesOf(brokerTemplate(), 'AWS::ApiGateway::GatewayResponse')).map(({ Properties }) => {
    const parameters = Properties.ResponseParameters as Record<string, string>;
    const headers = Object.entries(parameters).map(([name, value]) => [
      name.replace('gatewayresponse.header.', ''),
      value.replace(/^'(.*)'$/, '$1'),
    ]);
    const templates = Properties.ResponseTemplates as Record<string, string>;
    const status = Properties.StatusCode as string | undefined;
    const body = JSON.parse(templates['application/json'] ?? '');
    return [Properties.ResponseType as string, { status, headers: Object.fromEntries(headers), body }];
  }),
);

describe('what API Gateway answers by itself', () => {
  it.each([
    ['THROTTLED', '400', 'slow_down', 'SlowDownException', '8'],
    ['QUOTA_EXCEEDED', '400', 'slow_down', 'SlowDownException', '8'],
    ['INTEGRATION_TIMEOUT', '503', 'slow_down', 'SlowDownException', '8'],
    ['INTEGRATION_FAILURE', '503', 'slow_down', 'SlowDownException', '8'],
    ['DEFAULT_5XX', '503', 'slow_down', 'SlowDownException', '8'],
    ['WAF_FILTERED', '403', 'access_denied', 'AccessDeniedException', undefined],
    ['ACCESS_DENIED', '403', 'access_denied', 'AccessDeniedException', undefined],
    ['MISSING_AUTHENTICATION_TOKEN', '403', 'access_denied', 'AccessDeniedException', undefined],
    ['INVALID_SIGNATURE', '403', 'access_denied', 'AccessDeniedException', undefined],
    ['EXPIRED_TOKEN', '403', 'access_denied', 'AccessDeniedException', undefined],
    ['BAD_REQUEST_BODY', '400', 'invalid_request', 'InvalidRequestException', undefined],
    ['BAD_REQUEST_PARAMETERS', '400', 'invalid_request', 'InvalidRequestException', undefined],
    ['UNSUPPORTED_MEDIA_TYPE', '415', 'invalid_request', 'InvalidRequestException', undefined],
    ['REQUEST_TOO_LARGE', '413', 'invalid_request', 'InvalidRequestException', undefined],
    ['RESOURCE_NOT_FOUND', '404', 'invalid_request', 'InvalidRequestException', undefined],
    ['DEFAULT_4XX', undefined, 'invalid_request', 'InvalidRequestException', undefined],
  ])('to %s is %s %s for OAuth clients and %s for AWS SDKs', (type, status, error, exception, retryAfter) => {
    const answer = answers.get(type);

    expect([answer?.status, answer?.body.error]).toEqual([status, error]);
    expect([answer?.headers['x-amzn-ErrorType'], answer?.headers['Retry-After']]).toEqual([exception, retryAfter]);
  });

  it('covers these sixteen cases', () => {
    expect(answers.size).toBe(16);
  });

  it('is JSON that nobody may keep, with one text under both names that clients read', () => {
    for (const { headers, body } of answers.values()) {
      expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
      expect(body).toEqual({ error: body.error, error_description: body.message, message: body.message });
    }
  });

  it('says what to do next', () => {
    for (const { body } of answers.values()) {
      expect(body.message).toMatch(/\b(Wait|Check|Send|Sign|Ask|Fetch|GET)\b.*\.$/);
    }
  });

  it('uses only characters that RFC 6749 allows in an error description', () => {
    for (const { body } of answers.values()) expect(body.message).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  it('is never a 429, which ends most device flow clients', () => {
    for (const { status } of answers.values()) expect(status).not.toBe('429');
  });
});
