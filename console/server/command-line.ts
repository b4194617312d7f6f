/** The command line of the console. */

import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type ConsoleCommand =
  | {
      readonly command: 'start';
      readonly api: string;
      readonly region: string;
      readonly port: number;
      readonly profile: string | undefined;
      /** Whether the API is a local broker, which takes any signature. */
      readonly isLocal: boolean;
    }
  | { readonly command: 'help' }
  | { readonly command: 'wrong'; readonly problem: string };

const DEFAULT_PORT = 8789;

export const CONSOLE_HELP = `Opens the operators' console on this machine: npm run console -- --api <address> [options]

  --api <address>    the broker's API, the stack's output with its stage:
                     https://abc123.execute-api.eu-central-1.amazonaws.com/v1
  --profile <name>   the AWS profile that signs every call (default: $AWS_PROFILE, else what AWS tools find)
  --region <region>  the API's region (default: read off the address, else $AWS_REGION)
  --port <number>    where the console listens on 127.0.0.1 (default: ${DEFAULT_PORT})
  --help             show this text

Your AWS identity needs execute-api:Invoke on the API. The console signs with it for every program that can reach
127.0.0.1: do not run it on a machine that you share, and stop it (Ctrl-C) when you are done.`;

type Values = { api?: string; profile?: string; region?: string; port?: string; help?: boolean };

/**
 * Reads the command line.
 *
 * @param args what follows the program's name
 * @param environment AWS_PROFILE, AWS_REGION and AWS_DEFAULT_REGION are read
 */
export function readConsoleCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ConsoleCommand {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { api: text, profile: text, region: text, port: text, help: { type: 'boolean', short: 'h' } },
    });
    return values.help === true ? { command: 'help' } : commandOf(values, environment);
  } catch (error) {
    return wrong(`${(error as Error).message.replace(/\.? To specify.*$/s, '')}.`);
  }
}

function commandOf(values: Values, environment: Readonly<Record<string, string | undefined>>): ConsoleCommand {
  if (values.api === undefined) return wrong("Name the broker's API with --api <address>.");
  const api = URL.canParse(values.api) ? new URL(values.api) : undefined;
  const isLocal = api !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(api.hostname);
  if (api === undefined || !(api.protocol === 'https:' || (api.protocol === 'http:' && isLocal))) {
    return wrong(`"${values.api}" is not an address of an API: write it with https://, as the stack's output has it.`);
  }
  const port = Number(values.port ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return wrong(`"${values.port}" is not a port: write a number from 1 to 65535, or 0 for any free one.`);
  }
  const region =
    values.region ??
    /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(api.hostname)?.[1] ??
    environment.AWS_REGION ??
    environment.AWS_DEFAULT_REGION ??
    (isLocal ? 'us-east-1' : undefined);
  if (region === undefined) return wrong(`The address does not say the API's region: name it with --region.`);
  const profile = values.profile ?? (environment.AWS_PROFILE || undefined);
  return { command: 'start', api: `${api.origin}${api.pathname}`.replace(/\/+$/, ''), region, port, profile, isLocal };
}

const wrong = (problem: string): ConsoleCommand => ({ command: 'wrong', problem });
