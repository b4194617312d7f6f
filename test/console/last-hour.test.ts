import { describe, expect, it } from 'vitest';
import { refusals, troubles, upstreamRows } from '../../console/page/last-hour.ts';
import type { CountedHour } from '../../console/server/metrics-source.ts';

const hour = (by: Readonly<Record<string, number>>): CountedHour => ({
  total: Object.values(by).reduce((sum, number) => sum + number, 0),
  perMinute: [],
  by,
});

describe('the last hour, for people', () => {
  it('tells calls of AWS that failed from those that were throttled, and neither from refusals', () => {
    const latency = { count: 20, medianSeconds: 0.08, p90Seconds: 0.2 };
    const calls = hour({ pending: 10, denied: 1, throttled: 2, timeout: 3, server_error: 4 });

    const rows = upstreamRows({ counted: { CreateTokenCalls: calls }, measured: { CreateTokenLatency: latency } });

    expect(rows).toEqual([
      { operation: 'CreateToken', calls: 20, failed: 7, throttled: 2, latency, place: '#/sessions?phase=pending' },
    ]);
  });

  it('leads from a reason of refusal to those who were refused, the most frequent first', () => {
    const counted = { RequestsRefused: hour({ invalid_client: 1, expired_token: 5, invalid_token: 1 }) };

    expect(refusals({ counted, measured: {} })).toEqual([
      { name: 'expired_token', count: 5, place: '#/sessions?phase=expired' },
      { name: 'invalid_client', count: 1, place: '#/clients' },
      { name: 'invalid_token', count: 1, place: '#/enrollment-keys' },
    ]);
  });

  it('names what went wrong, and nothing else', () => {
    const one = { ...hour({}), total: 1 };
    const counted = { SessionsFailed: hour({ kiosks: 2 }), SessionsStarted: hour({ kiosks: 9 }), ApprovalsLost: one };

    expect(troubles({ counted, measured: {} }).map(({ name, count }) => `${count} ${name}`)).toEqual([
      '2 sessions failed',
      '1 approval lost',
    ]);
  });
});
