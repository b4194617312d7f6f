/**
 * The alarms as data: what is measured, when it is too much, and what a person looks at first. Each has a section in
 * docs/operate.md. The limits are above what a healthy deployment of a few devices ever shows, and every one of them means that
 * somebody has to do something: what mends itself is on the dashboard and wakes nobody.
 */

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { BrokerConfig } from '../config-schema.ts';
import { type AlarmDefinition, COUNT, FIVE_MINUTES } from './alarm-definition.ts';
import { fleetMetric, serviceMetric, sumOf } from './broker-metrics.ts';
import { loopAlarms, scheduleAlarms, throttleAlarms } from './part-alarms.ts';
import { apiMetrics, type Watched } from './watched.ts';

const MINUTE = 60;

/** Fewer failed calls than this in five minutes are nothing, whatever their share: one device that polls makes some twenty. */
const FEWEST_UPSTREAM_FAILURES = 5;

/** A registration is renewed when it has a day left; at half a day, renewing has failed for half a day. */
const REGISTRATION_HALF_DAY_SECONDS = 43_200;

/** Everything that is watched, in the order of docs/operate.md. */
export function alarmDefinitions(watched: Watched): AlarmDefinition[] {
  return [
    ...upstreamAlarms(),
    ...Object.entries(watched.fleets).flatMap(waitingAlarm),
    ...lossAlarms(),
    ...apiAlarms(watched),
    ...loopAlarms(watched),
    ...throttleAlarms(watched),
    ...scheduleAlarms(watched),
  ];
}

/** The share of calls that got no answer, in percent; 0 as long as there are few. A latency is told for every call. */
function upstreamFailureShare(): cloudwatch.MathExpression {
  const latencies = (
    [
      'RegisterClientLatency',
      'StartDeviceAuthorizationLatency',
      'CreateTokenLatency',
      'RefreshTokenLatency',
      'GetRoleCredentialsLatency',
    ] as const
  ).map((name) => serviceMetric(name, { statistic: 'SampleCount', periodSeconds: FIVE_MINUTES }));
  const calls = latencies.map((metric, index) => [`calls${index}`, metric] as const);
  const sum = calls.map(([id]) => `FILL(${id}, 0)`).join(' + ');
  return new cloudwatch.MathExpression({
    expression: `IF(FILL(failures, 0) >= ${FEWEST_UPSTREAM_FAILURES}, 100 * FILL(failures, 0) / (${sum}), 0)`,
    usingMetrics: { failures: serviceMetric('UpstreamFailures', COUNT), ...Object.fromEntries(calls) },
    period: Duration.seconds(FIVE_MINUTES),
    label: 'Failed calls in percent',
  });
}

function upstreamAlarms(): AlarmDefinition[] {
  return [
    {
      kind: 'UpstreamFailing',
      metric: upstreamFailureShare(),
      threshold: 25,
      periods: 3,
      datapoints: 2,
      description:
        'A quarter of the calls to Identity Center or more get no answer: devices wait, and codes may end before they are approved. Look first at the AWS Health Dashboard for IAM Identity Center, then at the query "Upstream trouble".',
    },
    {
      kind: 'RegistrationEnding',
      metric: serviceMetric('RegistrationSecondsLeft', { statistic: 'Minimum', periodSeconds: FIVE_MINUTES }),
      threshold: REGISTRATION_HALF_DAY_SECONDS,
      below: true,
      description:
        'The broker\'s own registration at Identity Center ends within half a day and is not renewed; no device can sign in after it. Look first at the query "Upstream trouble" for RegisterClient.',
    },
    {
      kind: 'PollLag',
      metric: serviceMetric('PollLag', { statistic: 'Maximum', periodSeconds: MINUTE }),
      threshold: 60_000,
      periods: 5,
      datapoints: 3,
      description:
        'Sessions are polled more than a minute late: people approve and devices wait. Look first at the throttles and the concurrency of Poll, then at the query "Late polls".',
    },
  ];
}

/** A code of an immediate fleet ends after ten minutes, sooner than anybody answers an alarm: these have one by choice only. */
function waitingAlarm([fleet, config]: [string, BrokerConfig['fleets'][string]]): AlarmDefinition[] {
  const byDefault = config.approval === 'deferred' ? Math.floor(config.sessionLifetime * 0.8) : undefined;
  const threshold = config.waitingAlarm ?? byDefault;
  if (threshold === undefined) return [];
  return [
    {
      kind: 'OldestWaiting',
      fleet,
      metric: fleetMetric('OldestWaiting', fleet, { statistic: 'Minimum', periodSeconds: MINUTE }),
      threshold,
      periods: 3,
      description: `A device of the fleet ${fleet} has waited for a person for ${inWords(threshold)}, and nobody has come. Look first at the list of those who wait: npm run console, or GET /sessions?fleet=${fleet}.`,
    },
  ];
}

/** A time as people say it. */
function inWords(seconds: number): string {
  const [unit, size] = seconds >= 3_600 ? ['hours', 3_600] : ['minutes', 60];
  return `${Number((seconds / Number(size)).toFixed(1))} ${unit}`;
}

function lossAlarms(): AlarmDefinition[] {
  return [
    {
      kind: 'RefreshFailures',
      metric: serviceMetric('RefreshFailures', COUNT),
      threshold: 5,
      periods: 3,
      datapoints: 2,
      description:
        'Devices that are signed in get no new tokens; when theirs end, they stand still. Look first at the query "Upstream trouble" for refreshed and role_credentials.',
    },
    {
      kind: 'ApprovalsLost',
      metric: sumOf('lost', [serviceMetric('ApprovalsLost', COUNT), serviceMetric('RefreshesLost', COUNT)], {
        ...COUNT,
        label: 'Approvals and refreshes lost',
      }),
      threshold: 1,
      description:
        'Identity Center gave tokens that the broker could not store: a person has to approve these devices again. Look first at the query "What was lost", which names them.',
    },
  ];
}

function apiAlarms(watched: Watched): AlarmDefinition[] {
  const [api, ...others] = apiMetrics(watched, '5XXError', COUNT);
  if (api === undefined) throw new Error('a broker has an API');
  return [
    {
      kind: 'ApiErrors',
      metric: others.length === 0 ? api : sumOf('errors', [api, ...others], { ...COUNT, label: '5XXError' }),
      threshold: 5,
      description:
        'API Gateway answered devices or operators with server errors. Look first at the errors and durations of DeviceApi and OpsApi, then at the query "Faults".',
    },
    {
      kind: 'Faults',
      metric: sumOf('faults', [serviceMetric('RequestsFailed', COUNT), serviceMetric('PollsFailed', COUNT)], {
        ...COUNT,
        label: 'Requests and polls failed',
      }),
      threshold: 5,
      description:
        'Requests or polls fail for a reason of the broker’s own; devices are told to come again and do not see it. Look first at the query "Faults": it names the error and its place.',
    },
  ];
}
