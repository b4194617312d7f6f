import { readFileSync } from 'node:fs';
import { readContext } from '../cdk-json.ts';
import { type BrokerConfig, ConfigError, parseBrokerConfig } from '../config.ts';
import type { Finding } from './report.ts';

/** The checks that need this machine alone. */

/** Lambda runs Node 24, and so do the tools here. */
const LEAST_NODE = 24;

/** Node's version. */
export function checkNode(version = process.versions.node): Finding {
  const check = 'Node';
  return Number.parseInt(version, 10) >= LEAST_NODE
    ? { check, ok: true, detail: version }
    : {
        check,
        ok: false,
        detail: `${version} is too old`,
        fix: 'Start it with npm run doctor, which brings its own Node, or install Node 24.',
      };
}

/**
 * The CDK CLI's version: `aws-cdk@3.0.0` was published by accident and reads no current app.
 *
 * @param packageFile the installed CLI's package.json
 */
export function checkCdkCli(
  packageFile = new URL('../../node_modules/aws-cdk/package.json', import.meta.url),
): Finding {
  const check = 'CDK CLI';
  const fix = 'Run npm ci, and use npx cdk in this folder rather than a global cdk.';
  try {
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
    return version.startsWith('2.')
      ? { check, ok: true, detail: version }
      : { check, ok: false, detail: `${version} does not read this app`, fix };
  } catch {
    return { check, ok: false, detail: 'not installed', fix };
  }
}

/**
 * The configuration.
 *
 * @param cdkJson the file to read
 * @returns the findings, and the configuration when it is sound
 */
export function checkConfig(cdkJson?: URL | string): { findings: Finding[]; config?: BrokerConfig } {
  const check = 'Configuration';
  try {
    const config = parseBrokerConfig(readContext(cdkJson).broker);
    const fleets = Object.keys(config.fleets).join(', ');
    return { findings: [{ check, ok: true, detail: `fleets ${fleets}` }], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix = 'Correct it in cdk.json; docs/configure.md lists every setting.';
    return { findings: error.problems.map((detail) => ({ check, ok: false, detail, fix })) };
  }
}
