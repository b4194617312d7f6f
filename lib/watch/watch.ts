/** Everything by which people watch a broker: saved queries, alarms, the dashboard. */
import type { Construct } from 'constructs';
import type { BrokerConfig } from '../config-schema.ts';
import { BrokerAlarms } from './alarms.ts';
import { BrokerDashboard } from './dashboard.ts';
import { saveQueries } from './saved-queries.ts';
import type { Watched } from './watched.ts';

/** Makes what the configuration asks for. */
export function watch(
  scope: Construct,
  { alarmTopicArn, dashboard, savedQueries }: BrokerConfig,
  watched: Watched,
): void {
  if (savedQueries) saveQueries(scope, watched);
  const alarms =
    alarmTopicArn === undefined ? [] : new BrokerAlarms(scope, 'Alarms', { topicArn: alarmTopicArn, watched }).alarms;
  if (dashboard) new BrokerDashboard(scope, 'Dashboard', { watched, alarms });
}
