/** `npm run console`: opens the operators' console on a broker until Ctrl-C. */

import { explainCredentials, profileCredentials } from '../console/server/aws-profile.ts';
import { CONSOLE_HELP, type ConsoleCommand, readConsoleCommand } from '../console/server/command-line.ts';
import { makeOpsApi } from '../console/server/ops-api.ts';
import { LOCAL_CREDENTIALS, startConsole } from '../console/server/server.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Ends the program with one sentence. */
function giveUp(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const command = readConsoleCommand(process.argv.slice(2), process.env);
switch (command.command) {
  case 'help':
    say(CONSOLE_HELP);
    break;
  case 'wrong':
    process.stderr.write(`${command.problem}\n\n${CONSOLE_HELP}\n`);
    process.exitCode = 1;
    break;
  case 'start':
    await run(command);
    break;
  default:
    throw command satisfies never;
}

async function run({ api, region, port, profile, isLocal }: ConsoleCommand & { command: 'start' }): Promise<void> {
  const asLocal = isLocal && profile === undefined;
  const access = {
    api,
    region,
    credentials: asLocal ? LOCAL_CREDENTIALS : profileCredentials(profile),
    explainCredentials: (error: unknown) => explainCredentials(error, profile),
  };
  // Asked before the page opens: what is wrong is told here, where it can be mended.
  const { status, body } = await makeOpsApi(access)({ method: 'GET', path: '/summary' });
  if (status >= 400) giveUp((JSON.parse(String(body)) as { detail: string }).detail);
  const identity = asLocal ? 'local' : (profile ?? 'default credentials');
  const running = await startConsole({ ...access, port, identity, log: say }).catch((error: NodeJS.ErrnoException) =>
    giveUp(
      error.code === 'EADDRINUSE'
        ? `Port ${port} is in use: stop what listens there, or choose another with --port.`
        : `The console cannot listen on port ${port} (${error.code ?? error.message}): choose another with --port.`,
    ),
  );
  say(`The console is open: ${running.url}/\nIt signs as ${identity} for ${api} (${region}). Ctrl-C stops it.`);
  const stop = (): void => void running.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
}
