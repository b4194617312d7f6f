/** Writes docs/img/dashboard.svg from the synthesized dashboard; with --check only says whether it is as it should be. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../lib/app.ts';
import { dashboardPicture } from '../lib/watch/dashboard-picture.ts';

const PICTURE = join(import.meta.dirname, '../docs/img/dashboard.svg');

/** Two fleets and somebody to tell: everything that a dashboard can show. */
const portal = { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' };
const config = {
  fleets: { kiosks: { ...portal, approval: 'deferred' }, gateways: portal },
  alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:on-call',
};

const outdir = mkdtempSync(join(tmpdir(), 'dashboard-'));
try {
  const picture = dashboardPicture(synthesize({ config, outdir }).template);
  if (!process.argv.includes('--check')) {
    writeFileSync(PICTURE, picture);
  } else if (readFileSync(PICTURE, 'utf8') !== picture) {
    console.error('docs/img/dashboard.svg is not what the dashboard shows: run `node bin/dashboard-picture.ts`.');
    process.exitCode = 1;
  }
} finally {
  rmSync(outdir, { recursive: true });
}
