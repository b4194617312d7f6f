/** Saved queries of CloudWatch Logs Insights: what the runbooks of docs/operate.md tell people to run. */
import { Aws } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Watched } from './watched.ts';

/** One query. */
export interface SavedQuery {
  /** What the console shows. */
  readonly name: string;
  readonly lines: readonly string[];
  /** What the person fills in: `{{name}}` in the lines. */
  readonly parameter?: { readonly name: string; readonly description: string };
}

/** What Identity Center came to when it gave no answer. */
const NO_ANSWER = '["throttled", "paced", "server_error", "timeout", "network", "unavailable"]';

const STORY = [
  'fields @timestamp, level, message, phase, outcome, reason, refused, delivery, latencyMs, lagMs, sessionId, correlationId',
  'sort @timestamp asc',
  'limit 1000',
] as const;

/** Everything in the logs that has this in it, oldest first: also lines that name it in a list. */
const storyOf = (parameter: string): readonly string[] => [
  STORY[0],
  `filter @message like "{{${parameter}}}"`,
  ...STORY.slice(1),
];

/** The queries by their ids in the stack. */
export const SAVED_QUERIES = {
  OneSession: {
    name: 'One session',
    lines: storyOf('sessionId'),
    parameter: { name: 'sessionId', description: 'The id of the session, as console and ops API show it.' },
  },
  OneDevice: {
    name: 'One device',
    lines: storyOf('clientId'),
    parameter: { name: 'clientId', description: 'The id of the registration, as console and ops API show it.' },
  },
  OneRequest: {
    name: 'One correlation id',
    lines: storyOf('correlationId'),
    parameter: {
      name: 'correlationId',
      description: 'x-amzn-RequestId of the answer to POST /device_authorization, or the requestId of a problem.',
    },
  },
  SlowestPolls: {
    name: 'Slowest polls',
    lines: [
      'filter message = "upstream_polled" and latencyMs > 0',
      'fields @timestamp, latencyMs, outcome, fleet, sessionId',
      'sort latencyMs desc',
      'limit 50',
    ],
  },
  LatePolls: {
    name: 'Late polls',
    lines: [
      'filter message = "poll_taken"',
      'stats count(*) as polls, max(lagMs) as mostMs, avg(lagMs) as meanMs by bin(5m)',
    ],
  },
  Refusals: {
    name: 'Refusals by reason',
    lines: [
      'filter message = "request_refused"',
      'stats count(*) as refusals, latest(@timestamp) as lastAt by refused, route',
      'sort refusals desc',
    ],
  },
  UpstreamTrouble: {
    name: 'Upstream trouble',
    lines: [
      'filter message in ["upstream_polled", "upstream_called", "refreshed", "role_credentials"]',
      `filter outcome in ${NO_ANSWER}`,
      'stats count(*) as calls, max(latencyMs) as mostMs by message, operation, outcome, bin(5m)',
    ],
  },
  Faults: {
    name: 'Faults',
    lines: [
      'filter level = "ERROR"',
      'stats count(*) as faults, latest(@timestamp) as lastAt, latest(at.0) as place by @log, message, fault',
      'sort faults desc',
    ],
  },
  Lost: {
    name: 'What was lost',
    lines: [
      'filter message in ["approval_lost", "refresh_lost"]',
      'fields @timestamp, message, reason, fleet, clientId, sessionId, correlationId',
      'sort @timestamp desc',
      'limit 1000',
    ],
  },
  Endings: {
    name: 'Sessions and sign-ins that ended',
    lines: [
      'filter message in ["session_settled", "grant_ended"]',
      'stats count(*) as endings by fleet, message, phase, reason',
      'sort endings desc',
    ],
  },
} as const satisfies Readonly<Record<string, SavedQuery>>;

/** Saves the queries in the account, in a folder with the stack's name, over the logs of all functions. */
export function saveQueries(scope: Construct, { functions }: Watched): void {
  const logGroupNames = Object.values(functions).map(({ logGroup }) => logGroup.logGroupName);
  for (const [id, { name, lines, parameter }] of Object.entries<SavedQuery>(SAVED_QUERIES)) {
    // The L1, because the L2 knows no parameters.
    new logs.CfnQueryDefinition(scope, `Query${id}`, {
      name: `${Aws.STACK_NAME}/${name}`,
      queryString: lines.join('\n| '),
      logGroupNames,
      ...(parameter && { parameters: [parameter] }),
    });
  }
}
