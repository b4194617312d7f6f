/** Bundles the device API with stand-ins in the place of what is not on this machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Settings } from '../../../../lambda/core/settings.ts';
import { BUNDLE_OPTIONS, bundlePlugins } from '../../../../lib/packaging/handlers.ts';
import { makeFleet } from '../../../support/fake-records.ts';
import { insteadOf } from '../../../support/instead-of.ts';

/** Where the broker keeps its items: in memory, or in the embedded DynamoDB. */
export type Storage = 'memory' | 'dynalite';

const STAND_INS: Readonly<Record<string, string>> = {
  'system.ts': 'stand-in-system.ts',
  'sso-oidc-upstream.ts': 'stand-in-upstream.ts',
  'kms-vault.ts': 'stand-in-vault.ts',
};

/** Bundles it. @returns the path of the bundle */
export async function bundlePlane(folder: string, storage: Storage): Promise<string> {
  const standIns = storage === 'memory' ? { ...STAND_INS, 'table.ts': 'stand-in-table.ts' } : STAND_INS;
  const outfile = join(folder, `plane-${storage}`, 'index.js');
  await build({
    ...BUNDLE_OPTIONS,
    entryPoints: [join(import.meta.dirname, 'device-plane.ts')],
    outfile,
    plugins: [insteadOf(standIns, import.meta.dirname), ...bundlePlugins()],
  });
  const settings: Settings = {
    fleets: { kiosks: makeFleet({ minimumIntervalSeconds: 1 }) },
    redelivery: { windowSeconds: 300, maxDeliveries: 5 },
    deviceAuth: 'client_secret',
    upstreamCallsPerSecond: 80,
  };
  writeFileSync(join(outfile, '../package.json'), '{"type":"commonjs"}\n');
  writeFileSync(join(outfile, '../settings.json'), JSON.stringify(settings));
  return outfile;
}
