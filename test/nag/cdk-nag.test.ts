import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { EXAMPLE_CONFIGS } from '../support/example-configs.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';
import {
  acknowledgements,
  brokerApp,
  findings,
  findingsRegardless,
  PACKS,
  type RuleOnConstruct,
} from './broker-app.ts';

const outdir = mkdtempSync(join(tmpdir(), 'broker-nag-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const packs = Object.entries(PACKS);

/** Whether an acknowledgement is about a finding: same rule, same construct or one below it. */
function covers(acknowledged: RuleOnConstruct, found: RuleOnConstruct): boolean {
  return acknowledged.rule === found.rule && `${found.path}/`.startsWith(`${acknowledged.path}/`);
}

describe.each(packs)('the pack %s of cdk-nag', (_name, Pack) => {
  it.each(Object.entries(EXAMPLE_CONFIGS))('finds nothing in %s that is not acknowledged', (_example, config) => {
    expect(findings(new Pack(), brokerApp(config, outdir))).toEqual([]);
  });

  it('does find what nobody acknowledged', () => {
    const app = new App({ outdir });
    new Queue(new Stack(app, 'Wrong'), 'Queue');

    expect(findings(new Pack(), app)).not.toEqual([]);
  });
});

describe('what is acknowledged', () => {
  it.each(Object.entries(EXAMPLE_CONFIGS))('is all found in %s, if one looks', (_example, config) => {
    const app = brokerApp(config, outdir);
    const found = packs.flatMap(([, Pack]) => findingsRegardless(new Pack(), app));

    const stale = acknowledgements(app).filter((made) => !found.some((finding) => covers(made, finding)));

    expect(stale).toEqual([]);
  });

  it.each(Object.entries(EXAMPLE_CONFIGS))('has a reason each in %s, a sentence', (_example, config) => {
    for (const { rule, reason } of acknowledgements(brokerApp(config, outdir))) {
      expect(reason, rule).toMatch(/^[A-Z].{30,}\.?$/);
    }
  });

  it('is exactly this', () => {
    const made = acknowledgements(brokerApp(MINIMAL_CONFIG, outdir));

    const byRule = Object.groupBy(made, ({ rule }) => rule);
    const paths = (list: readonly RuleOnConstruct[] = []) => list.map(({ path }) => path.replace('Stack/Broker/', ''));
    expect(Object.fromEntries(Object.entries(byRule).map(([rule, list]) => [rule, paths(list).sort()]))).toEqual(
      ACKNOWLEDGED,
    );
  });

  it('is all told in docs/deploy.md', () => {
    const told = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');

    expect(Object.keys(ACKNOWLEDGED).filter((rule) => !told.includes(`\`${rule}\``))).toEqual([]);
  });

  it('leaves the routes of devices that sign without an excuse', () => {
    const app = brokerApp(EXAMPLE_CONFIGS.signed, outdir);
    const excused = acknowledgements(app).filter(({ rule }) => rule === 'AwsSolutions-APIG4');

    expect(
      excused.filter(({ path }) => /(register|device_authorization|token|revoke)\/(ANY|POST)$/.test(path)),
    ).toEqual([]);
  });

  it('needs no excuse for the lack of a web ACL where there is one', () => {
    const rules = acknowledgements(brokerApp(EXAMPLE_CONFIGS.everything, outdir)).map(({ rule }) => rule);

    expect(rules).not.toContain('AwsSolutions-APIG3');
  });

  it('leaves every route of operators without an excuse', () => {
    const app = brokerApp(MINIMAL_CONFIG, outdir);
    const excused = acknowledgements(app).filter(({ rule }) => rule === 'AwsSolutions-APIG4');

    expect(excused.filter(({ path }) => /sessions|clients|summary|enrollment-keys|openapi/.test(path))).toEqual([]);
  });
});

const FUNCTIONS = ['AnnounceEndings', 'CountSessions', 'DeviceApi', 'OpsApi', 'Poll', 'PublishEvents', 'StartPolling'];
const ENROLLABLE = ['client/register', 'device_authorization', 'register', 'revoke', 'token'];
const OPEN_ROUTES = [
  '.well-known',
  '.well-known/oauth-authorization-server',
  'activate',
  'client',
  'credentials',
  'e',
  'e/{enrollmentKey}',
  'e/{enrollmentKey}/client',
  'e/{enrollmentKey}/{proxy+}',
  '{proxy+}',
  ...ENROLLABLE,
  ...ENROLLABLE.map((route) => `e/{enrollmentKey}/${route}`),
];
const STARTS = ['device_authorization', 'e/{enrollmentKey}/device_authorization'];
const STAGE = ['Api/RestApi/DeploymentStage.v1'];
const QUEUES = ['FailedBatches', 'UnpublishedEvents'];

/** Each rule, and the constructs on which it is acknowledged. */
const ACKNOWLEDGED: Readonly<Record<string, readonly string[]>> = {
  'AwsSolutions-APIG1': STAGE,
  'AwsSolutions-APIG2': ['Api/RestApi'],
  'AwsSolutions-APIG3': STAGE,
  'AwsSolutions-APIG4': [
    'ANY',
    ...OPEN_ROUTES.map((route) => `${route}/ANY`),
    ...STARTS.map((route) => `${route}/POST`),
  ]
    .map((route) => `Api/RestApi/Default/${route}`)
    .sort(),
  'AwsSolutions-APIG6': STAGE,
  'AwsSolutions-COG4': ['Api/RestApi'],
  'AwsSolutions-IAM5[Resource::*]': [...FUNCTIONS.map((name) => `${name}Role`), 'PollingLoop/Role'].sort(),
  'AwsSolutions-SQS3': QUEUES,
  'Serverless-APIGWAccessLogging': STAGE,
  'Serverless-APIGWXrayEnabled': STAGE,
  'Serverless-EventBusDLQ': ['Daily', 'EveryMinute'],
  'Serverless-LambdaAsyncFailureDestination': ['CountSessions'],
  'Serverless-LambdaDLQ': FUNCTIONS,
  'Serverless-SQSRedrivePolicy': QUEUES,
};
