import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { MINIMAL_CONFIG } from '../support/synth.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const TOOLS = join(PROJECT, 'node_modules', '.bin');
const folder = mkdtempSync(join(tmpdir(), 'broker-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command as npm would, without AWS credentials and without a way to a network. */
function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(command, args, {
    cwd: PROJECT,
    encoding: 'utf8',
    env: {
      PATH: [TOOLS, process.env.PATH].join(delimiter),
      HOME: folder,
      HTTPS_PROXY: 'http://127.0.0.1:9',
      AWS_EC2_METADATA_DISABLED: 'true',
      CI: 'true',
      ...env,
    },
  });
}

describe('npx cdk synth', () => {
  it('synthesizes the committed configuration offline', () => {
    const { status, stderr } = run('cdk', ['synth', '--quiet', '--output', join(folder, 'cdk.out')]);

    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, 'cdk.out', 'FleetTokenBroker.template.json'))).toBe(true);
  });
});

describe('the app', () => {
  const app = (broker: unknown, env: Record<string, string> = {}) =>
    run('node', ['bin/fleet-token-broker.ts'], {
      ...env,
      CDK_OUTDIR: join(folder, 'app'),
      CDK_CONTEXT_JSON: JSON.stringify({ broker }),
    });

  it('prints one sentence for each wrong field, and nothing else', () => {
    const { status, stdout, stderr } = app({ fleets: { kiosks: { startUrl: 'foo', region: 'us-east-1' } }, loop: 'x' });

    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'broker.fleets.kiosks.startUrl: write the https address of your access portal, such as https://d-1234567890.awsapps.com/start (got "foo").\n' +
        'broker.loop: write "standard" or "express" (got "x").\n',
    });
  });

  it('leaves no assembly behind when the configuration is wrong', () => {
    app({});

    expect(existsSync(join(folder, 'app', 'manifest.json'))).toBe(false);
  });

  it('leaves out for an emulator what emulators do not know, unless it is asked for', () => {
    const queriesIn = (broker: object): number => {
      expect(app(broker, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }).status).toBe(0);
      const template = readFileSync(join(folder, 'app', 'FleetTokenBroker.template.json'), 'utf8');
      return template.split('AWS::Logs::QueryDefinition').length - 1;
    };

    expect(queriesIn(MINIMAL_CONFIG)).toBe(0);
    expect(queriesIn({ ...MINIMAL_CONFIG, savedQueries: true })).toBeGreaterThan(5);
  });

  it('prefers what the CDK hands it over what cdk.json says', () => {
    const { status } = app({ ...MINIMAL_CONFIG, stackName: 'Handed-Over' });

    expect(status).toBe(0);
    expect(readFileSync(join(folder, 'app', 'manifest.json'), 'utf8')).toContain('"Handed-Over"');
  });
});
