/** Runs the AWS emulator: over TLS, as policies ask, and with every call checked against IAM. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';

/** The emulator's root user: all calls that are not a function's are made by it. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
export const REGION = 'us-east-1';
export const ACCOUNT = '123456789012';

/** Node 24 and the CDK CLI of this project come first: the emulator runs functions with the `node` it finds. */
const TOOLS = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const PATH = [TOOLS, process.env.PATH].join(delimiter);

const MAX_START_MS = 60_000;

/** An emulator that answers. */
export interface Emulator {
  /** `https://127.0.0.1:port`: the endpoint of every service. */
  readonly endpoint: string;
  /** What a program needs in its environment to take the emulator for AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it has printed. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts an emulator with an empty account.
 *
 * @param bin the folder with `ministack`
 * @param folder where it keeps its files
 * @throws Error with what it printed when it does not start
 */
export async function startEmulator(bin: string, folder: string): Promise<Emulator> {
  const port = await freePort();
  const [home, temporary, logFile] = [join(folder, 'home'), join(folder, 'tmp'), join(folder, 'emulator.log')];
  for (const path of [home, temporary]) mkdirSync(path, { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(join(bin, 'ministack'), [], {
    env: emulatorEnvironment(port, { HOME: home, TMPDIR: temporary }),
    cwd: folder,
    // A process group of its own: the functions' processes end with it.
    detached: true,
    stdio: ['ignore', log, log],
  });
  const endpoint = `https://127.0.0.1:${port}`;
  const certificate = join(temporary, 'ministack-tls', 'server.crt');
  const printed = () => readFileSync(logFile, 'utf8');
  process.once('exit', () => signal(child, 'SIGKILL'));
  await untilReady(child, printed);
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')]);
  return {
    endpoint,
    environment: { PATH, HOME: home, TMPDIR: temporary, ...awsEnvironment(endpoint, certificate) },
    log: printed,
    stop: () => stop(child),
  };
}

function emulatorEnvironment(port: number, folders: { HOME: string; TMPDIR: string }): Record<string, string> {
  return {
    PATH,
    ...folders,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    // The CDK's own bucket refuses calls that are not encrypted, as it should.
    USE_SSL: '1',
    // Functions act under their own roles, and what a role does not allow fails.
    AUTH: 'true',
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
  };
}

function awsEnvironment(endpoint: string, certificate: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
  };
}

async function untilReady(child: ChildProcess, printed: () => string): Promise<void> {
  const giveUpAtMs = Date.now() + MAX_START_MS;
  while (!printed().includes('Running on https://127.0.0.1')) {
    if (child.exitCode !== null || Date.now() > giveUpAtMs) {
      await stop(child);
      throw new Error(`The emulator did not start:\n${printed()}`);
    }
    await sleep(50);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signal(child, 'SIGTERM');
  const late = setTimeout(() => signal(child, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    // The group has ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
