/** Where the functions' log lines go: all to a file, warnings and errors also to the terminal in a readable line. */

import { createWriteStream, renameSync, statSync } from 'node:fs';

/** An open log. */
export interface FunctionLog {
  write(functionLabel: string, line: string): void;
  close(): Promise<void>;
}

/** A log file that has grown beyond this is put aside at the next start. */
const KEPT_BYTES = 10 * 1024 * 1024;

const SHOWN_LEVELS: Readonly<Record<string, string>> = { WARN: 'warning', ERROR: 'error', CRITICAL: 'error' };

/**
 * Opens the log.
 *
 * @param path appended to, readable by its owner alone
 * @param terminal takes the lines that a person should see
 * @param onEntry takes every line, as what it says
 */
export function openFunctionLog(
  path: string,
  terminal: (line: string) => void,
  onEntry: (entry: unknown) => void = () => {},
): FunctionLog {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > KEPT_BYTES) renameSync(path, `${path}.1`);
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A disk that is full must not end the broker; the terminal still shows what matters.
  file.on('error', (error) => terminal(`warning: the log ${path} cannot be written (${error.message}).`));
  return {
    write: (functionLabel, line) => {
      const entry = parseEntry(line) ?? { message: line };
      file.write(`${JSON.stringify({ function: functionLabel, ...entry })}\n`);
      onEntry(entry);
      const shown = readable(functionLabel, entry);
      if (shown !== undefined) terminal(shown);
    },
    close: () => new Promise((resolve) => file.end(() => resolve())),
  };
}

type Entry = Readonly<Record<string, unknown>>;

function parseEntry(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}

function readable(functionLabel: string, { level, message, fault, error }: Entry): string | undefined {
  const shownLevel = SHOWN_LEVELS[String(level)];
  if (shownLevel === undefined) return undefined;
  const { name = fault } = (error ?? {}) as { name?: unknown };
  return `${shownLevel}: ${functionLabel}: ${String(message)}${name === undefined ? '' : ` (${String(name)})`}`;
}
