import { describe, expect, it } from 'vitest';
import type { BrokerEvent, UpstreamOutcome } from '../../lambda/core/events.ts';
import { logLevelOf } from '../../lambda/core/log-levels.ts';
import { measurementsOf } from '../../lambda/core/measurements.ts';

const SESSION = { sessionId: 'session-1', clientId: 'client-1', fleet: 'kiosks' };
const FLEET = { fleet: 'kiosks' };

/** `metric value dimensions`, for every measurement of an event. */
const measured = (event: BrokerEvent): [string, number, object][] =>
  measurementsOf(event).map(({ metric, value, dimensions }) => [metric, value, dimensions]);

describe('what an event counts', () => {
  it.each<[BrokerEvent, [string, number, object][]]>([
    [{ event: 'session_started', ...SESSION }, [['SessionsStarted', 1, FLEET]]],
    [{ event: 'session_settled', ...SESSION, phase: 'denied' }, [['SessionsDenied', 1, FLEET]]],
    [{ event: 'session_settled', ...SESSION, phase: 'expired' }, [['SessionsExpired', 1, FLEET]]],
    [{ event: 'session_settled', ...SESSION, phase: 'cancelled' }, [['SessionsCancelled', 1, FLEET]]],
    [{ event: 'session_settled', ...SESSION, phase: 'superseded' }, [['SessionsSuperseded', 1, FLEET]]],
    [{ event: 'session_settled', ...SESSION, phase: 'failed' }, [['SessionsFailed', 1, FLEET]]],
    [
      { event: 'session_settled', ...SESSION, phase: 'authorized', waitedMs: 2_500 },
      [
        ['SessionsApproved', 1, FLEET],
        ['TimeToApproval', 2.5, FLEET],
      ],
    ],
    [{ event: 'poll_taken', ...SESSION, lagMs: 40 }, [['PollLag', 40, {}]]],
    [{ event: 'poll_failed', ...SESSION }, [['PollsFailed', 1, {}]]],
    [{ event: 'approval_lost', ...SESSION, reason: 'r' }, [['ApprovalsLost', 1, {}]]],
    [{ event: 'tokens_delivered', ...SESSION, delivery: 1 }, [['TokensDelivered', 1, FLEET]]],
    [{ event: 'tokens_delivered', ...SESSION, delivery: 2 }, [['TokensRedelivered', 1, FLEET]]],
    [{ event: 'replay_refused', ...SESSION }, [['ReplaysRefused', 1, FLEET]]],
    [{ event: 'refresh_lost', ...SESSION }, [['RefreshesLost', 1, {}]]],
    [{ event: 'role_credentials', ...SESSION, outcome: 'credentials' }, [['RoleCredentialsIssued', 1, FLEET]]],
    [{ event: 'role_credentials', ...SESSION, outcome: 'no_access' }, []],
    [{ event: 'grant_ended', ...SESSION, reason: 'revoked' }, [['GrantsEnded', 1, { outcome: 'revoked' }]]],
    [
      { event: 'client_registered', clientId: 'c', fleet: 'kiosks', enrollmentKeyId: 'k' },
      [['ClientsRegistered', 1, FLEET]],
    ],
    [
      { event: 'request_refused', route: '/token', refused: 'invalid_grant' },
      [['RequestsRefused', 1, { outcome: 'invalid_grant' }]],
    ],
    [{ event: 'request_failed', route: '/token' }, [['RequestsFailed', 1, {}]]],
    [{ event: 'stream_read', ageMs: 70 }, [['StreamAge', 70, {}]]],
    [
      { event: 'waiting_counted', fleet: 'kiosks', waiting: 3, oldestSeconds: 90 },
      [
        ['SessionsWaiting', 3, FLEET],
        ['OldestWaiting', 90, FLEET],
      ],
    ],
    [{ event: 'session_activated', ...SESSION }, []],
    [{ event: 'activation_ended', ...SESSION, reason: 'r' }, []],
    [{ event: 'upstream_polled', ...SESSION, outcome: 'pending', latencyMs: 1 }, []],
  ])('of %j is %j', (event, expected) => {
    expect(measured(event)).toEqual(expected);
  });

  it.each(['tokens', 'invalid_grant', 'expired', 'denied'] as const)(
    'is no failure for a refresh that came to %s',
    (outcome) => {
      expect(measured({ event: 'refreshed', ...SESSION, outcome })).toEqual([['TokenRefreshes', 1, { outcome }]]);
    },
  );

  it.each(['unavailable', 'invalid_client', 'refused', 'pending'] as const)(
    'is a failure for a refresh that came to %s',
    (outcome) => {
      expect(measured({ event: 'refreshed', ...SESSION, outcome })).toEqual([
        ['TokenRefreshes', 1, { outcome }],
        ['RefreshFailures', 1, {}],
      ]);
    },
  );

  const called = (outcome: UpstreamOutcome, own: object = {}) =>
    measured({ event: 'upstream_called', operation: 'CreateToken', outcome, latencyMs: 12, ...own });

  it.each(['pending', 'tokens', 'slow_down', 'denied', 'refused'] as const)(
    'is a call and its time for an answer of upstream: %s',
    (outcome) => {
      expect(called(outcome)).toEqual([
        ['CreateTokenCalls', 1, { outcome }],
        ['CreateTokenLatency', 12, {}],
      ]);
    },
  );

  it.each(['throttled', 'server_error', 'timeout', 'network', 'unavailable'] as const)(
    'is a failure too when there was none: %s',
    (outcome) => {
      expect(called(outcome)).toContainEqual(['UpstreamFailures', 1, {}]);
    },
  );

  it('is what the registration has left, when that is known, and also when it is nothing', () => {
    expect(called('tokens', { registrationSecondsLeft: 0 })).toContainEqual(['RegistrationSecondsLeft', 0, {}]);
  });
});

describe('a line of log', () => {
  it.each<[BrokerEvent, string | undefined]>([
    [{ event: 'grant_ended', ...SESSION, reason: 'revoked' }, 'warn'],
    [{ event: 'request_refused', route: '/token', refused: 'invalid_grant' }, 'info'],
    [{ event: 'poll_taken', ...SESSION, lagMs: 9_999 }, undefined],
    [{ event: 'poll_taken', ...SESSION, lagMs: 10_000 }, 'info'],
    [{ event: 'upstream_polled', ...SESSION, outcome: 'pending', latencyMs: 999 }, undefined],
    [{ event: 'upstream_polled', ...SESSION, outcome: 'pending', latencyMs: 1_000 }, 'info'],
    [{ event: 'upstream_called', operation: 'RegisterClient', outcome: 'registered', latencyMs: 1 }, undefined],
    [{ event: 'upstream_called', operation: 'RegisterClient', outcome: 'timeout', latencyMs: 1 }, 'warn'],
    [{ event: 'upstream_called', operation: 'StartDeviceAuthorization', outcome: 'started', latencyMs: 1 }, undefined],
    [{ event: 'upstream_called', operation: 'StartDeviceAuthorization', outcome: 'throttled', latencyMs: 1 }, 'warn'],
    [{ event: 'upstream_called', operation: 'CreateToken', outcome: 'timeout', latencyMs: 1 }, undefined],
  ])('of %j has the level %s', (event, level) => {
    expect(logLevelOf(event)).toBe(level);
  });
});
