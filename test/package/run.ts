/** Runs a program of the project to its end. */
import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAMS = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/**
 * Runs a program without a shell.
 *
 * @param environment beside that of this process
 * @throws Error with what it wrote, when it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const env = { ...process.env, PATH: `${PROGRAMS}${delimiter}${process.env.PATH}`, ...environment };
  try {
    return await promisify(execFile)(program, args, { cwd: folder, env, maxBuffer: 64_000_000 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
