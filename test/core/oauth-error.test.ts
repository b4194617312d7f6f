import { describe, expect, it } from 'vitest';
import {
  isRefusal,
  OAUTH_ERRORS,
  OAuthError,
  type OAuthErrorCode,
  orThrow,
  refuse,
} from '../../lambda/core/oauth-error.ts';

const SPENT = refuse('invalid_grant', 'This code is spent. Start a new device authorization.');

describe('a refusal', () => {
  it('has a time to come back at only where one is known', () => {
    expect(Object.keys(SPENT)).toEqual(['refused', 'description']);
    expect(refuse('slow_down', 'Wait.', 0)).toEqual({
      refused: 'slow_down',
      description: 'Wait.',
      retryAfterSeconds: 0,
    });
  });

  it.each([undefined, null, '', 'refused', 7, {}, { accessToken: 'refused' }, ['refused']])(
    'is told from %j, which was asked for',
    (value) => {
      expect(isRefusal(value)).toBe(false);
      expect(orThrow(value)).toBe(value);
    },
  );

  it('is known as one', () => {
    expect(isRefusal(SPENT)).toBe(true);
  });
});

describe('a refusal on its way to the device', () => {
  it('is an error of that name, which says what the device will be told', () => {
    const error = new OAuthError(SPENT);

    expect(String(error)).toBe('OAuthError: This code is spent. Start a new device authorization.');
    expect({ ...error }).toEqual({ name: 'OAuthError', refusal: SPENT, status: 400, headers: {} });
  });

  it.each(Object.entries(OAUTH_ERRORS))('as %s has the status of its code', (code, { status }) => {
    expect(new OAuthError(refuse(code as OAuthErrorCode, 'What to do next.')).status).toBe(status);
  });

  it('may have a status that says more, and headers', () => {
    const options = { status: 405, headers: { Allow: 'POST' } };

    expect(new OAuthError(refuse('invalid_request', 'Use POST.'), options)).toMatchObject(options);
  });

  it('is thrown in place of what was asked for', () => {
    expect(() => orThrow(SPENT)).toThrow(expect.objectContaining({ name: 'OAuthError', refusal: SPENT }));
  });
});
