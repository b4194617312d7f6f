/** cdk.json: the one place where the app's configuration and the CDK's feature flags are written. */
import { readFileSync } from 'node:fs';
import { ConfigError } from './config.ts';
import { EXAMPLE_BROKER } from './config-schema.ts';

/** The cdk.json of this project. */
export const CDK_JSON = new URL('../cdk.json', import.meta.url);

/**
 * The context of a cdk.json: feature flags, and under `broker` the configuration.
 *
 * @param file where the cdk.json lies
 * @throws ConfigError when it is no JSON, or when `broker` stands where the CDK never hands it on
 */
export function readContext(file: URL | string = CDK_JSON): Readonly<Record<string, unknown>> {
  const content = parseJson(file);
  if (!isObject(content)) {
    throw new ConfigError(['cdk.json: write one JSON object, such as { "app": …, "context": { "broker": … } }.']);
  }
  const context = content.context ?? {};
  if (!isObject(context)) {
    throw new ConfigError([`cdk.json: write "context" as an object, such as { "broker": ${EXAMPLE_BROKER} }.`]);
  }
  if ('broker' in content) {
    throw new ConfigError([
      'cdk.json: move "broker" under "context"; the CDK hands an app only what stands there, so at the top level it has no effect.',
    ]);
  }
  return context;
}

function parseJson(file: URL | string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError([`cdk.json cannot be read: ${(error as Error).message}. Correct it and try again.`]);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
