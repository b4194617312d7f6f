/** The command line of the local run. */

import { parseArgs } from 'node:util';
import { DEVICE_AUTHS, type DeviceAuth } from '../lambda/core/settings.ts';

/** To run the broker. */
export interface StartCommand {
  readonly command: 'start';
  readonly port: number;
  readonly ephemeral: boolean;
  /** Undefined: as cdk.json says. */
  readonly deviceAuth?: DeviceAuth;
}

/** What the command line asks for. */
export type Command =
  | StartCommand
  | { readonly command: 'help' }
  | { readonly command: 'wrong'; readonly problem: string };

const DEFAULT_PORT = 8787;

/** The highest port that leaves room for the ports beside it. */
const LAST_PORT = 65_532;

export const HELP_TEXT = `Runs the whole broker on this machine: npm start [-- options]

  --port N      the API listens on N, Identity Center on N+1, the console on N+2 (default: $PORT, else ${DEFAULT_PORT})
  --device-auth HOW
                how devices prove who they are: ${DEVICE_AUTHS.join(', ')}
                (default: as in cdk.json; with mtls the API speaks TLS, and operators find theirs on N+3)
  --ephemeral   keep nothing: the table and the keys are gone when the broker stops
  --help        show this text

Everything listens on 127.0.0.1 and is kept in .local/ in this folder. Ctrl-C stops it.`;

/**
 * Reads the command line.
 *
 * @param args what follows the program's name
 * @param environment PORT is read
 */
export function readCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'device-auth': { type: 'string' },
        ephemeral: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { command: 'help' };
    const text = values.port ?? (environment.PORT || String(DEFAULT_PORT));
    const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
    if (port < 0 || port > LAST_PORT) {
      return {
        command: 'wrong',
        problem: `"${text}" is not a port: write a number from 1 to ${LAST_PORT}, or 0 for any free one.`,
      };
    }
    const deviceAuth = DEVICE_AUTHS.find((known) => known === values['device-auth']);
    if (values['device-auth'] !== undefined && deviceAuth === undefined) {
      return {
        command: 'wrong',
        problem: `"${values['device-auth']}" is no way to authenticate devices: write ${DEVICE_AUTHS.join(', ')}.`,
      };
    }
    const ephemeral = values.ephemeral === true;
    return { command: 'start', port, ephemeral, ...(deviceAuth !== undefined && { deviceAuth }) };
  } catch (error) {
    return { command: 'wrong', problem: `${(error as Error).message.replace(/\.? To specify.*$/s, '')}.` };
  }
}
