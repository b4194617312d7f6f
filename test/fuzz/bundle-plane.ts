/** Bundles both API functions with stand-ins in the place of what is not in this process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { DeviceAuth, Settings } from '../../lambda/core/settings.ts';
import { openApiDocument } from '../../lambda/http/openapi.ts';
import { makeFleet } from '../support/fake-records.ts';
import { insteadOf } from '../support/instead-of.ts';
import { PIN } from '../support/whole-broker.ts';
import type * as PlaneModule from './plane/plane.ts';

/** The functions, and the world around them. */
export type Plane = typeof PlaneModule;

const STAND_INS: Readonly<Record<string, string>> = {
  'system.ts': 'stand-in-system.ts',
  'table.ts': 'stand-in-table.ts',
  'sso-oidc-upstream.ts': 'stand-in-upstream.ts',
  'sso-portal.ts': 'stand-in-portal.ts',
  'kms-vault.ts': 'stand-in-vault.ts',
  'metrics.ts': 'stand-in-metrics.ts',
};

const PLANE = join(import.meta.dirname, 'plane');

/** The fleets of the run: one of each kind. */
export const FLEETS: Settings['fleets'] = {
  kiosks: makeFleet({ name: 'kiosks' }),
  robots: makeFleet({ name: 'robots', approval: 'deferred' }),
  sensors: makeFleet({ name: 'sensors', release: 'credentials', ...PIN }),
};

/** Loads the functions of a deployment with this way to authenticate devices, with a world of their own. */
export async function loadPlane(deviceAuth: DeviceAuth): Promise<Plane> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-fuzz-'));
  try {
    const outfile = join(folder, 'index.js');
    await build({
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      entryPoints: [join(PLANE, 'plane.ts')],
      outfile,
      logLevel: 'error',
      plugins: [insteadOf(STAND_INS, PLANE)],
    });
    const settings: Settings = {
      fleets: FLEETS,
      redelivery: { windowSeconds: 300, maxDeliveries: 5 },
      deviceAuth,
      upstreamCallsPerSecond: 80,
    };
    writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}\n');
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument()));
    return withEnvironment(() => createRequire(outfile)(outfile) as Plane, folder);
  } finally {
    // The description is read when it is first asked for.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
}

/** What the functions read when they are loaded; what they would print is not what the run is about. */
function withEnvironment<T>(load: () => T, folder: string): T {
  Object.assign(process.env, {
    TABLE_NAME: 'broker',
    REGISTRATION_KEY_ID: 'key',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    LAMBDA_TASK_ROOT: folder,
  });
  return load();
}
