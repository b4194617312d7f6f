import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** An append-only file of JSON lines. A line is in the operating system's hands when `append` returns: a killed process loses none. */
export type Journal = {
  append(entry: unknown): void;
  close(): void;
};

/** Where nothing outlives the process. */
export const memoryJournal: Journal = { append: () => {}, close: () => {} };

/**
 * Reads every entry of a journal, oldest first. A torn last line is left out: it was cut while being written, so the
 * answer that depended on it never left.
 * @throws Error when another line is damaged; it names the file and what to do.
 */
export function readJournal(path: string): unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.flatMap((line, index) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch (cause) {
      if (index === lines.length - 1) return [];
      throw new Error(`${path} is damaged at line ${index + 1}. Delete the file to start without its sign-ins.`, {
        cause,
      });
    }
  });
}

/**
 * Replaces a journal by these entries (a new file, renamed over the old one, so that a crash leaves one or the other) and
 * opens it for appending. Only its owner may read it.
 */
export function startJournal(path: string, entries: readonly unknown[]): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  // A left-over of a crashed start would keep its own permissions.
  rmSync(temporary, { force: true });
  const draft = openSync(temporary, 'wx', 0o600);
  writeFileSync(draft, entries.map(toLine).join(''));
  fsyncSync(draft);
  closeSync(draft);
  renameSync(temporary, path);
  const file = openSync(path, 'a', 0o600);
  return {
    append: (entry) => appendFileSync(file, toLine(entry)),
    close: () => closeSync(file),
  };
}

function toLine(entry: unknown): string {
  return `${JSON.stringify(entry)}\n`;
}
