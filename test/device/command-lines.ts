import { readdirSync, readFileSync } from 'node:fs';

/** What a watch over all command lines of this machine saw. */
export interface CommandLineWatch {
  /** Command lines that hold one of the words that were watched for. */
  readonly seen: Set<string>;
  /** Names of the programs that were seen running. */
  readonly programs: Set<string>;
  stop(): void;
}

const SAMPLE_EVERY_MS = 20;

/**
 * Samples the command lines of all processes, as anybody on the machine can (proc(5)).
 *
 * @param words what to look for
 */
export function watchCommandLines(words: readonly string[]): CommandLineWatch {
  const seen = new Set<string>();
  const programs = new Set<string>();
  const timer = setInterval(() => {
    for (const commandLine of commandLines()) {
      programs.add(commandLine.split('\0')[0]?.split('/').at(-1) ?? '');
      if (words.some((word) => commandLine.includes(word))) seen.add(commandLine.replaceAll('\0', ' '));
    }
  }, SAMPLE_EVERY_MS);
  return { seen, programs, stop: () => clearInterval(timer) };
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        // It ended between the two looks.
        return [];
      }
    });
}
