import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HANDLER_NAMES } from '../../lib/bundle.ts';
import { brokerTemplate, type TemplateResource } from '../support/synth.ts';
import { type PackedPackage, packPackage } from './packed-package.ts';
import { run } from './run.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/cdk-app', import.meta.url));
const PLAIN_APP = fileURLToPath(new URL('./plain-app.cjs', import.meta.url));

/** The fleets of the example and of the plain app. */
const FLEETS = {
  kiosks: { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' },
  robots: {
    startUrl: 'https://d-1234567890.awsapps.com/start',
    region: 'us-east-1',
    approval: 'deferred',
    sessionLifetime: '7d',
  },
};

/** What an app of somebody else must get exactly as it is here, by type: routes, data, functions and their code, the loop. */
const SAME_TYPES = [
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::DynamoDB::Table',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::StepFunctions::StateMachine',
];

type Resources = Readonly<Record<string, TemplateResource>>;

/** The broker's resources that are to be the same, by logical id. */
function comparable(resources: Resources): Record<string, unknown> {
  const ours = Object.entries(resources).filter(
    ([id, { Type }]) => id.startsWith('Broker') && SAME_TYPES.includes(Type),
  );
  return Object.fromEntries(ours.map(([id, { Type, Properties }]) => [id, { Type, Properties }] as const));
}

let packed: PackedPackage;
beforeAll(async () => {
  packed = await packPackage();
}, 120_000);
afterAll(() => packed?.remove());

/** Runs an app the way the CDK CLI does, and returns its template's resources. */
async function synthesized(folder: string, program: string): Promise<Resources> {
  await run('node', [program], folder, { CDK_OUTDIR: join(folder, 'cdk.out') });
  const template = JSON.parse(readFileSync(join(folder, 'cdk.out/Devices.template.json'), 'utf8'));
  return (template as { Resources: Resources }).Resources;
}

describe('the packed package', () => {
  it('holds the construct, its types and the bundles, and no sources, tests or settings', () => {
    const folders = packed.files.map((path) => path.replace(/\/[^/]+$/, ''));
    const bundles = folders.filter((folder) => folder.startsWith('dist/handlers/'));

    expect(new Set(bundles).size).toBe(HANDLER_NAMES.length);
    expect(packed.files).toEqual(expect.arrayContaining(['dist/lib/index.js', 'dist/lib/index.d.ts', 'LICENSE']));
    expect(packed.files).toContain('dist/handlers/THIRD-PARTY-LICENSES.txt');
    expect(packed.files.filter((path) => /(?<!\.d)\.ts$|^test|settings\.json|metafile/.test(path))).toEqual([]);
  });

  it('asks for one library and shares the CDK with the app that it is in', async () => {
    const folder = await packed.install();

    const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/fleet-token-broker/package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies)).toEqual(['zod']);
    expect(Object.keys(manifest.peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['optionalDependencies']));
    expect(manifest).not.toHaveProperty('scripts');
  });

  it('is without fault to publint', async () => {
    const folder = await packed.install();

    const pkgDir = join(folder, 'node_modules/fleet-token-broker');
    const { messages, pkg } = await publint({ pkgDir, pack: false, level: 'suggestion' });

    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that fit, however it is imported', async () => {
    const { stdout } = await run('attw', [packed.tarball, '--format', 'json'], EXAMPLE);

    expect((JSON.parse(stdout) as { analysis: { problems: unknown[] } }).analysis.problems).toEqual([]);
  });
});

describe('an app of somebody else', () => {
  it('in TypeScript: the example compiles, and has the routes, the table, the functions and the loop that are tested here', async () => {
    const folder = await packed.install(EXAMPLE);

    await run('tsc', ['--project', '.'], folder);
    const resources = await synthesized(folder, 'app.ts');

    expect(comparable(resources)).toEqual(comparable(brokerTemplate({ fleets: FLEETS }).toJSON().Resources));
    expect(Object.keys(comparable(resources)).length).toBeGreaterThan(60);
  }, 120_000);

  it('in CommonJS: plain JavaScript gets the same with require', async () => {
    const folder = await packed.install();
    cpSync(PLAIN_APP, join(folder, 'app.cjs'));

    const resources = await synthesized(folder, 'app.cjs');

    expect(comparable(resources)).toEqual(comparable(brokerTemplate({ fleets: FLEETS }).toJSON().Resources));
  }, 120_000);

  it('hears of a wrong setting in one sentence, as an error that it can tell from others', async () => {
    const folder = await packed.install();
    cpSync(PLAIN_APP, join(folder, 'app.cjs'));

    const { stdout } = await run('node', ['app.cjs'], folder, { START_URL: 'portal' });

    expect(stdout).toMatch(
      /^ConfigError: broker\.fleets\.kiosks\.startUrl: write the https address .*\(got "portal"\)\.$/m,
    );
  });
});
