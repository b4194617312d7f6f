/** A checkout of somebody who deploys: this project's app, under a cdk.json of their own, driven by the real CDK CLI. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Emulator } from './emulator.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What the CLI printed, and the outputs of what it deployed. */
export interface CdkRun {
  readonly status: number | null;
  readonly printed: string;
}

/** The outputs of a stack (lib/broker-stack.ts). */
export type StackOutputs = Readonly<Record<string, string>>;

/**
 * Makes the folder of a deployment.
 *
 * @param emulator what the CLI takes for AWS
 * @param folder an own folder: beside cdk.json it holds cdk.out
 */
export function cdkProject({ environment }: Emulator, folder: string) {
  mkdirSync(folder, { recursive: true });

  function cdk(...args: string[]): Promise<CdkRun> {
    const child = spawn('cdk', args, {
      cwd: folder,
      env: { ...environment, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, printed }));
    });
  }

  /** @throws Error with everything the CLI printed */
  async function succeed(...args: string[]): Promise<string> {
    const { status, printed } = await cdk(...args);
    if (status !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${status}:\n${printed}`);
    return printed;
  }

  return {
    /** Writes the configuration that the next run reads, as a person edits cdk.json. */
    configure(broker: unknown): void {
      const committed = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { context: object };
      const app = `node ${JSON.stringify(join(PROJECT, 'bin', 'fleet-token-broker.ts'))}`;
      const own = { ...committed, app, context: { ...committed.context, broker } };
      writeFileSync(join(folder, 'cdk.json'), JSON.stringify(own, null, 2));
    },

    bootstrap: () => succeed('bootstrap'),

    /** Deploys what is configured, and answers the outputs of its one stack. */
    async deploy(): Promise<StackOutputs> {
      const file = join(folder, 'outputs.json');
      await succeed('deploy', '--require-approval', 'never', '--outputs-file', file);
      const [outputs] = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, StackOutputs>);
      if (outputs === undefined) throw new Error('The deployment has no outputs.');
      return outputs;
    },

    /** What a deployment would change, as `cdk diff` tells it. */
    diff: () => succeed('diff', '--no-color'),

    destroy: () => succeed('destroy', '--force'),
  };
}
