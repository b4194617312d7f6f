/** Writes docs/img/architecture.svg from the synthesized template; with --check only says whether it is as it should be. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../lib/app.ts';
import { drawArchitecture } from '../lib/diagram/architecture.ts';

const PICTURE = join(import.meta.dirname, '../docs/img/architecture.svg');

/** The smallest configuration: what it adds to, cdk.json may add to. */
const config = { fleets: { kiosks: { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' } } };

const outdir = mkdtempSync(join(tmpdir(), 'architecture-'));
try {
  const drawing = drawArchitecture(synthesize({ config, outdir }).template);
  if (!process.argv.includes('--check')) {
    writeFileSync(PICTURE, drawing);
  } else if (readFileSync(PICTURE, 'utf8') !== drawing) {
    console.error('docs/img/architecture.svg is not what the template says: run `npm run docs:architecture`.');
    process.exitCode = 1;
  }
} finally {
  rmSync(outdir, { recursive: true });
}
