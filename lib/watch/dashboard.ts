/**
 * The dashboard of a broker: what matters at a glance, then part by part. Of aws-cloudwatch's own widgets: the ready-made
 * monitorings of libraries show some ten metrics of every function and table, which is past the fifty that a dashboard may
 * have for free, and before the ones that a person needs.
 */
import { Aws, Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { acrossFleets, type FleetMetricName, fleetMetric, type Reading, serviceMetric } from './broker-metrics.ts';
import { apiMetrics, functionMetric, loopMetric, queuedMessages, tableMetric, type Watched } from './watched.ts';

/** What the dashboard shows. */
export interface BrokerDashboardProps {
  readonly watched: Watched;
  /** Shown at the top, if there are any. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

const WHOLE_WIDTH = 24;
const HALF = 12;
const THIRD = 8;
const GRAPH_HEIGHT = 6;
const FIVE_MINUTES = 300;

const counted: Reading = { statistic: 'Sum', periodSeconds: FIVE_MINUTES };
const most: Reading = { statistic: 'Maximum', periodSeconds: FIVE_MINUTES };
const slowest: Reading = { statistic: 'p95', periodSeconds: FIVE_MINUTES };
const labelled = (reading: Reading, label: string): Reading => ({ ...reading, label });

/** One dashboard. Its name is CloudFormation's, so that two brokers fit into one account. */
export class BrokerDashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, { watched, alarms }: BrokerDashboardProps) {
    super(scope, id);
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        ...overview(watched, alarms),
        ...sessions(watched),
        ...polling(watched),
        ...identityCenter(),
        ...tokens(watched),
        ...api(watched),
        ...table(watched),
      ],
    });
  }
}

type Row = cloudwatch.IWidget[];

function overview(watched: Watched, alarms: readonly cloudwatch.IAlarm[]): Row[] {
  const now = { statistic: 'Maximum', periodSeconds: 60 } as const;
  const fleets = Object.keys(watched.fleets);
  const alarmRow: Row =
    alarms.length === 0
      ? []
      : [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WHOLE_WIDTH, height: 4 })];
  return [
    [
      heading(
        'Fleet Token Broker',
        `Stack ${Aws.STACK_NAME}. What each number means: docs/metrics.md; what to do: docs/operate.md.`,
      ),
    ],
    ...(alarmRow.length === 0 ? [] : [alarmRow]),
    [
      number('Waiting for a person now', [acrossFleets('SessionsWaiting', fleets, labelled(now, 'Waiting'))]),
      number('Approved', [acrossFleets('SessionsApproved', fleets, labelled(counted, 'Approved'))], 'sum'),
      number('Calls without an answer of AWS', [serviceMetric('UpstreamFailures', counted)], 'sum'),
      number(
        'Faults of the broker',
        [serviceMetric('RequestsFailed', counted), serviceMetric('PollsFailed', counted)],
        'sum',
      ),
    ],
  ];
}

function sessions(watched: Watched): Row[] {
  const fleets = Object.keys(watched.fleets);
  const ways: readonly (readonly [FleetMetricName, string])[] = [
    ['SessionsStarted', 'Started'],
    ['SessionsApproved', 'Approved'],
    ['SessionsDenied', 'Denied'],
    ['SessionsExpired', 'Expired'],
    ['SessionsCancelled', 'Cancelled'],
    ['SessionsSuperseded', 'Superseded'],
    ['SessionsFailed', 'Failed'],
  ];
  const perFleet = (name: FleetMetricName, reading: Reading) =>
    fleets.map((fleet) => fleetMetric(name, fleet, labelled(reading, fleet)));
  return [
    [heading('Sessions', 'Devices ask, people approve.')],
    [
      graph(
        'What becomes of sessions',
        HALF,
        ways.map(([name, label]) => acrossFleets(name, fleets, labelled(counted, label))),
      ),
      graph('Waiting for a person, by fleet', HALF, perFleet('SessionsWaiting', { ...most, periodSeconds: 60 })),
    ],
    [
      graph('Oldest that waits, seconds', HALF, perFleet('OldestWaiting', { ...most, periodSeconds: 60 })),
      graph('From request to approval, seconds (p95)', HALF, perFleet('TimeToApproval', slowest)),
    ],
  ];
}

function polling(watched: Watched): Row[] {
  const { functions, failures, unpublished } = watched;
  return [
    [heading('Polling loop', 'From the stream of the table to the polls.')],
    [
      graph('Lateness, milliseconds', THIRD, [
        serviceMetric('PollLag', labelled(most, 'Poll after it was due')),
        serviceMetric('StreamAge', labelled(most, 'Record when it is read')),
        functionMetric(functions['start-polling'], 'IteratorAge', labelled(most, 'Record, by Lambda')),
      ]),
      graph('Executions', THIRD, [
        loopMetric(watched, 'ExecutionsStarted', labelled(counted, 'Started')),
        loopMetric(watched, 'ExecutionsFailed', labelled(counted, 'Failed')),
        loopMetric(watched, 'ExecutionsTimedOut', labelled(counted, 'Timed out')),
      ]),
      graph('Left behind', THIRD, [
        serviceMetric('PollsFailed', labelled(counted, 'Polls that failed')),
        queuedMessages(failures, labelled(most, 'Batches not started')),
        queuedMessages(unpublished, labelled(most, 'Events not published')),
      ]),
    ],
  ];
}

function identityCenter(): Row[] {
  const latency = (name: Parameters<typeof serviceMetric>[0], label: string) =>
    serviceMetric(name, labelled(slowest, label));
  return [
    [heading('Identity Center', 'What AWS answers.')],
    [
      graph('Latency, milliseconds (p95)', HALF, [
        latency('CreateTokenLatency', 'CreateToken'),
        latency('StartDeviceAuthorizationLatency', 'StartDeviceAuthorization'),
        latency('RefreshTokenLatency', 'CreateToken, refresh'),
        latency('GetRoleCredentialsLatency', 'GetRoleCredentials'),
        latency('RegisterClientLatency', 'RegisterClient'),
      ]),
      graph('Calls without an answer', 6, [serviceMetric('UpstreamFailures', labelled(counted, 'Calls'))]),
      graph('Registration, seconds left', 6, [
        serviceMetric('RegistrationSecondsLeft', { statistic: 'Minimum', periodSeconds: FIVE_MINUTES, label: 'Left' }),
      ]),
    ],
  ];
}

function tokens(watched: Watched): Row[] {
  const fleets = Object.keys(watched.fleets);
  const total = (name: FleetMetricName, label: string) => acrossFleets(name, fleets, labelled(counted, label));
  return [
    [heading('Tokens', 'What devices receive.')],
    [
      graph('Delivered', HALF, [
        total('TokensDelivered', 'Token sets'),
        total('TokensRedelivered', 'Delivered again'),
        total('RoleCredentialsIssued', 'Role credentials'),
      ]),
      graph('Refused and lost', HALF, [
        total('ReplaysRefused', 'Replays refused'),
        serviceMetric('RefreshFailures', labelled(counted, 'Refreshes that failed')),
        serviceMetric('RefreshesLost', labelled(counted, 'Refreshes lost')),
        serviceMetric('ApprovalsLost', labelled(counted, 'Approvals lost')),
      ]),
    ],
  ];
}

function api(watched: Watched): Row[] {
  const of = (name: string, reading: Reading) => apiMetrics(watched, name, reading);
  const errors = Object.values(watched.functions).map((made) =>
    functionMetric(made, 'Errors', labelled(counted, made.node.id)),
  );
  return [
    [heading('API and functions', 'Requests of devices and operators.')],
    [
      graph('Requests', THIRD, [
        ...of('Count', labelled(counted, 'All')),
        ...of('4XXError', labelled(counted, 'Refused')),
        ...of('5XXError', labelled(counted, 'Server errors')),
        acrossFleets('ClientsRegistered', Object.keys(watched.fleets), labelled(counted, 'Devices registered')),
        serviceMetric('RequestsFailed', labelled(counted, 'Faults')),
      ]),
      graph('Latency, milliseconds (p95)', THIRD, of('Latency', labelled(slowest, 'Whole API'))),
      graph('Errors of functions', THIRD, errors),
    ],
  ];
}

function table(watched: Watched): Row[] {
  return [
    [heading('Table', 'Capacity is on demand: consumption is cost.')],
    [
      graph('Consumed capacity', HALF, [
        tableMetric(watched, 'ConsumedReadCapacityUnits', labelled(counted, 'Read')),
        tableMetric(watched, 'ConsumedWriteCapacityUnits', labelled(counted, 'Write')),
      ]),
      graph('Throttled requests', HALF, [
        tableMetric(watched, 'ReadThrottleEvents', labelled(counted, 'Read')),
        tableMetric(watched, 'WriteThrottleEvents', labelled(counted, 'Write')),
      ]),
    ],
  ];
}

function heading(title: string, text: string): cloudwatch.TextWidget {
  return new cloudwatch.TextWidget({ markdown: `## ${title}\n${text}`, width: WHOLE_WIDTH, height: 2 });
}

/** A number of the latest period; of counts, of all the time that the dashboard shows. */
function number(title: string, metrics: cloudwatch.IMetric[], of: 'latest' | 'sum' = 'latest'): cloudwatch.IWidget {
  const setPeriodToTimeRange = of === 'sum';
  return new cloudwatch.SingleValueWidget({ title, metrics, width: 6, height: 4, setPeriodToTimeRange });
}

function graph(title: string, width: number, left: cloudwatch.IMetric[]): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({
    title,
    left,
    width,
    height: GRAPH_HEIGHT,
    leftYAxis: { min: 0, showUnits: false },
  });
}
