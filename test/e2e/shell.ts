/** A POSIX shell that lines are pasted into. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** An open shell. */
export interface Shell {
  paste(lines: readonly string[]): void;
  /** Waits until its output since the last match has this. */
  reads(pattern: RegExp): Promise<RegExpExecArray>;
  /** Pastes a line again and again, once a second, until the output has this. */
  pasteUntil(line: string, pattern: RegExp): Promise<RegExpExecArray>;
  /** @returns what it has written to its standard error */
  close(): Promise<string>;
}

const MAX_WAIT_MS = 20_000;

/**
 * Opens a shell.
 *
 * @param skip called where the machine has no curl
 */
export async function openShell(skip: (reason: string) => void): Promise<Shell> {
  if (spawnSync('curl', ['--version']).error !== undefined) skip('this machine has no curl');
  const child = spawn('sh', [], { stdio: 'pipe' });
  let unread = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    unread += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });

  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    const found = pattern.exec(unread) ?? undefined;
    if (found !== undefined) unread = unread.slice(found.index + found[0].length);
    return found;
  };
  const until = async (pattern: RegExp, everySecond: () => void): Promise<RegExpExecArray> => {
    const startedAtMs = performance.now();
    for (let nextMs = 1000; ; ) {
      const found = match(pattern);
      if (found !== undefined) return found;
      const waitedMs = performance.now() - startedAtMs;
      if (waitedMs > MAX_WAIT_MS) throw new Error(`The shell printed no ${pattern}, but:\n${unread}${errors}`);
      if (waitedMs > nextMs) {
        everySecond();
        nextMs += 1000;
      }
      await sleep(20);
    }
  };
  const paste = (lines: readonly string[]): void => void child.stdin.write(lines.map((line) => `${line}\n`).join(''));

  return {
    paste,
    reads: (pattern) => until(pattern, () => {}),
    pasteUntil: (line, pattern) => until(pattern, () => paste([line])),
    close: async () => {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
      return errors;
    },
  };
}
