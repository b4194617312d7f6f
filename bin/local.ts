/** `npm start`: runs the whole broker on this machine until Ctrl-C. */

import { readContext } from '../lib/cdk-json.ts';
import { ConfigError, parseBrokerConfig } from '../lib/config.ts';
import { startLocalBroker } from '../local/broker.ts';
import { HELP_TEXT, readCommand, type StartCommand } from '../local/options.ts';
import { quickStart } from '../local/quick-start.ts';
import { StartError } from '../local/start-error.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What is still under way then is cut off, as by a power cut; the next start goes on with it. */
const LONGEST_STOP_MS = 10_000;

/** Ends the program with sentences, and without a stack for what a person can mend. */
function giveUp(error: unknown): never {
  if (error instanceof StartError) process.stderr.write(`${error.message}\n`);
  else if (error instanceof ConfigError) process.stderr.write(`${error.problems.join('\n')}\n`);
  else process.stderr.write(`The broker failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

const command = readCommand(process.argv.slice(2), process.env);
switch (command.command) {
  case 'help':
    say(HELP_TEXT);
    break;
  case 'wrong':
    process.stderr.write(`${command.problem}\n\n${HELP_TEXT}\n`);
    process.exitCode = 1;
    break;
  case 'start':
    process.on('uncaughtException', giveUp);
    process.on('unhandledRejection', giveUp);
    await run(command).catch(giveUp);
    break;
  default:
    throw command satisfies never;
}

async function run({ port, ephemeral, deviceAuth }: StartCommand): Promise<void> {
  // The local fleets are its own. That the rest is read, too, shows here what a later deployment would stop at.
  const configured = parseBrokerConfig(readContext().broker);
  const { loop } = configured;
  const access = { loop, deviceAuth: deviceAuth ?? configured.deviceAuth, truststore: configured.domain?.truststore };
  // For good, not once: at Ctrl-C the terminal signals this process, and npm hands its own signal on to it.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  say('Starting the broker …');
  const broker = await startLocalBroker({ port, ephemeral, ...access, log: say });
  say(quickStart(broker));
  await stopped;
  setTimeout(() => process.exit(0), LONGEST_STOP_MS).unref();
  await broker.close();
  process.exit(0);
}
