import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { writeBundles } from '../../lib/bundle.ts';
import { ConfigError, parseBrokerConfig, toSettings } from '../../lib/config.ts';
import { brokerTemplate, MINIMAL_CONFIG, resourcesOf } from '../support/synth.ts';

const LAYER = 'arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroJs:10';
const folder = mkdtempSync(join(tmpdir(), 'open-telemetry-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Layers and variables of each function, by its name. */
function functionsOf(config: object) {
  const made = Object.entries(resourcesOf(brokerTemplate(config), 'AWS::Lambda::Function'));
  return made.map(([id, { Properties }]) => {
    const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
    return { name: id.slice('Broker'.length, -8), layers: Properties.Layers ?? [], variables: Variables, Properties };
  });
}

describe('with a layer of OpenTelemetry', () => {
  const traced = functionsOf({ ...MINIMAL_CONFIG, openTelemetryLayerArn: LAYER });

  it('every function has it, but for the one whose addresses may hold keys and codes', () => {
    const without = traced.filter(({ layers }) => JSON.stringify(layers) !== JSON.stringify([LAYER]));

    expect(without.map(({ name, layers }) => [name, layers])).toEqual([['DeviceApi', []]]);
  });

  it('it is started before the function, under the service’s name, and wants no further right', () => {
    for (const { name, variables } of traced.filter((each) => each.name !== 'DeviceApi')) {
      expect([name, variables]).toEqual([
        name,
        expect.objectContaining({
          AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
          OTEL_SERVICE_NAME: 'fleet-token-broker',
          OTEL_AWS_APPLICATION_SIGNALS_ENABLED: 'false',
        }),
      ]);
    }
    expect(traced.find(({ name }) => name === 'DeviceApi')?.variables).not.toHaveProperty('AWS_LAMBDA_EXEC_WRAPPER');
  });

  it('every function is still traced by X-Ray', () => {
    for (const { Properties } of traced) expect(Properties).toMatchObject({ TracingConfig: { Mode: 'Active' } });
  });
});

describe('without one', () => {
  beforeAll(() => void brokerTemplate(MINIMAL_CONFIG), 120_000);

  it('no function has a layer or a variable of it', () => {
    for (const { layers, variables } of functionsOf(MINIMAL_CONFIG)) {
      expect(layers).toEqual([]);
      expect(JSON.stringify(variables)).not.toMatch(/OTEL|EXEC_WRAPPER/);
    }
  });

  it.each(['otel', 'arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroJs'])(
    '%s is told to be no version of a layer',
    (openTelemetryLayerArn) => {
      expect(() => parseBrokerConfig({ ...MINIMAL_CONFIG, openTelemetryLayerArn })).toThrow(ConfigError);
      expect(() => parseBrokerConfig({ ...MINIMAL_CONFIG, openTelemetryLayerArn })).toThrow(
        /^broker\.openTelemetryLayerArn: write the ARN of a version of a Lambda layer/,
      );
    },
  );
});

it('the layer can put its own handler in the place of every bundle’s', () => {
  for (const name of ['TABLE_NAME', 'REGISTRATION_KEY_ID', 'STATE_MACHINE_ARN', 'EVENT_BUS_NAME'])
    vi.stubEnv(name, 'something');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const folders = writeBundles(folder, toSettings(parseBrokerConfig(MINIMAL_CONFIG)));

  for (const [name, target] of Object.entries(folders)) {
    const bundle = createRequire(join(target, 'index.js'))('./index.js') as { handler: unknown };
    const wrapped = (): void => {};
    Object.defineProperty(bundle, 'handler', { value: wrapped });

    expect([name, bundle.handler]).toEqual([name, wrapped]);
  }
}, 120_000);
