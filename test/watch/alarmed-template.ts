import type { Template } from '../../local/intrinsics.ts';
import { brokerTemplate } from '../support/synth.ts';
import { type AlarmDefinition, alarmsOf } from './alarm-evaluator.ts';

const PORTAL = { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' };
const PIN = { release: 'credentials', accountId: '111122223333', roleName: 'DeviceRole' };

/** Who is told. */
export const TOPIC_ARN = 'arn:aws:sns:us-east-1:123456789012:on-call';

/** The fleets of the broker in memory, as a deployment would have them. */
export const ALARMED_CONFIG = {
  fleets: {
    kiosks: { ...PORTAL, approval: 'deferred' },
    gateways: { ...PORTAL, ...PIN, approval: 'deferred' },
    signs: PORTAL,
    sensors: { ...PORTAL, ...PIN },
  },
  alarmTopicArn: TOPIC_ARN,
};

/** A template, as the local run's tools read it. */
export function templateOf(config: object = ALARMED_CONFIG): Template {
  return brokerTemplate(config).toJSON() as Template;
}

/** The alarm of this name. */
export function alarmNamed(name: string, config: object = ALARMED_CONFIG): AlarmDefinition {
  const found = alarmsOf(templateOf(config)).find((alarm) => alarm.name === name);
  if (found === undefined) throw new Error(`There is no alarm ${name}.`);
  return found;
}
