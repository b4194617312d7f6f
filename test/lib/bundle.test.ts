import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../lambda/http/openapi.ts';
import { synthesize } from '../../lib/app.ts';
import { writeBundles } from '../../lib/bundle.ts';
import { parseBrokerConfig, toSettings } from '../../lib/config.ts';
import { MINIMAL_CONFIG } from '../support/synth.ts';

const folder = mkdtempSync(join(tmpdir(), 'broker-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const settings = toSettings(parseBrokerConfig(MINIMAL_CONFIG));
const folders = writeBundles(join(folder, 'plain'), settings);
const metafile = JSON.parse(readFileSync(join(folder, 'plain', 'metafile.json'), 'utf8')) as {
  outputs: Record<string, { bytes: number; inputs: Record<string, unknown> }>;
};

describe('a bundle', () => {
  it('is made of every handler, with its settings and nothing else beside it', () => {
    expect(Object.keys(folders)).toEqual([
      'device-api',
      'ops-api',
      'start-polling',
      'publish-events',
      'announce-endings',
      'count-sessions',
      'poll',
    ]);
    for (const [name, target] of Object.entries(folders)) {
      const description = name === 'ops-api' ? ['openapi.json'] : [];
      expect(readdirSync(target).sort()).toEqual(['index.js', ...description, 'package.json', 'settings.json']);
      expect(JSON.parse(readFileSync(join(target, 'settings.json'), 'utf8'))).toEqual(settings);
    }
  });

  it('of the ops API has the description of its API beside it, and nothing of what that is made of', () => {
    const openapi = JSON.parse(readFileSync(join(folders['ops-api'], 'openapi.json'), 'utf8'));
    const [, output] = Object.entries(metafile.outputs).find(([path]) => path.endsWith('ops-api/index.js')) ?? [];

    expect(openapi).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const makers = /openapi\.ts|ops-schemas\.ts|ops-details\.ts|to-json-schema/;
    expect(Object.keys(output?.inputs ?? {}).filter((path) => makers.test(path))).toEqual([]);
  });

  it('is CommonJS that exports a handler', () => {
    for (const target of Object.values(folders)) {
      expect(JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'))).toEqual({ type: 'commonjs' });
      const code = readFileSync(join(target, 'index.js'), 'utf8');
      expect(code).toMatch(/^"use strict";/);
      expect(code).toContain('handler:()=>');
    }
  });

  it('holds the AWS SDK and nothing that Node.js does not have', () => {
    const external = Object.values(metafile.outputs).flatMap((output) =>
      (output as unknown as { imports: { path: string }[] }).imports.map(({ path }) => path),
    );

    expect(external.filter((path) => !isBuiltin(path))).toEqual([]);
  });

  it('holds none of the libraries that cost a cold start dearly', () => {
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));

    const dear = /node_modules\/(ajv|aws-xray-sdk[\w-]*|aws-cdk-lib|zod\/v4\/classic|@aws-lambda-powertools\/tracer)\//;
    expect(inputs.filter((path) => dear.test(path))).toEqual([]);
  });

  it('is the same for the same code and settings, so that a second deployment changes nothing', () => {
    const [one, two] = ['one', 'two'].map((name) => {
      const { template } = synthesize({ config: MINIMAL_CONFIG, outdir: join(folder, name) });
      return JSON.stringify(template);
    });

    expect(one).toBe(two);
  });

  it('is deployed with the settings of its deployment', () => {
    const { assembly } = synthesize({
      config: { fleets: { robots: MINIMAL_CONFIG.fleets.kiosks } },
      outdir: join(folder, 'robots'),
    });

    const assets = readdirSync(assembly.directory).filter((name) =>
      existsSync(join(assembly.directory, name, 'index.js')),
    );
    expect(assets).toHaveLength(7);
    for (const asset of assets) {
      const deployed = JSON.parse(readFileSync(join(assembly.directory, asset, 'settings.json'), 'utf8'));
      expect(Object.keys(deployed.fleets)).toEqual(['robots']);
    }
  });
});
