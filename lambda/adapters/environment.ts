import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../core/settings.ts';

/**
 * Reads an environment variable that the deployment must have set.
 *
 * @throws naming the variable
 */
export function environmentVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** Reads an environment variable that only some deployments set. */
export function optionalVariable(name: string): string | undefined {
  return process.env[name] || undefined;
}

/**
 * Reads the settings that the deployment wrote beside the bundle.
 *
 * @param directory the folder of the running bundle
 */
export function readSettings(directory: string): Settings {
  return JSON.parse(readFileSync(join(directory, 'settings.json'), 'utf8')) as Settings;
}

/**
 * Reads the description of the ops API (OpenAPI) that the deployment wrote beside the bundle.
 *
 * @param directory the folder of the running bundle
 */
export function readDescription(directory: string): object {
  return JSON.parse(readFileSync(join(directory, 'openapi.json'), 'utf8')) as object;
}
