/** Turns what the schema found wrong into plain sentences: one per field, with its path and what to write instead. */
import type * as z from 'zod';

type Path = readonly PropertyKey[];

/** How much of a wrong value a sentence repeats, in characters. */
const SHOWN_CHARACTERS = 60;

/**
 * The wrong fields of a configuration as sentences.
 *
 * @param issues what the schema reported
 * @param input the configuration as it was written
 * @param knownKeys the settings that exist at a path, used to guess what a misspelt one meant
 */
export function problemSentences(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  knownKeys: (path: Path) => readonly string[],
): string[] {
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue, knownKeys) : []));
  const guessed = new Set(unknown.map(({ path, guess }) => pathText([...path, guess ?? ''])));
  const sentences = new Map<string, string>();
  for (const issue of issues) {
    const where = pathText(issue.path);
    // A misspelt setting is one mistake, so the setting it stands for is not reported as missing on top.
    const isGuessed = guessed.has(where) && valueAt(input, issue.path) === undefined;
    if (issue.code !== 'unrecognized_keys' && !isGuessed && !sentences.has(where)) {
      sentences.set(where, `${where}: ${issue.message} (${gotText(valueAt(input, issue.path))}).`);
    }
  }
  return [...unknown.map(unknownKeySentence), ...sentences.values()];
}

/** A field's path as it is written in messages, such as `broker.fleets.kiosks.startUrl`. */
export function pathText(path: Path): string {
  return ['broker', ...path].join('.');
}

interface UnknownKey {
  readonly path: Path;
  readonly key: string;
  readonly known: readonly string[];
  readonly guess: string | undefined;
}

function unknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  knownKeys: (path: Path) => readonly string[],
): UnknownKey[] {
  const known = knownKeys(issue.path);
  return issue.keys.map((key) => ({ path: issue.path, key, known, guess: closest(key, known) }));
}

function unknownKeySentence({ path, key, known, guess }: UnknownKey): string {
  const advice = guess === undefined ? `remove it, or use one of: ${known.join(', ')}` : `did you mean ${guess}?`;
  return `${pathText([...path, key])} is not a setting; ${advice}${guess === undefined ? '.' : ''}`;
}

/** The known word that a misspelt one most likely stands for: at most two edits away, letter case aside. */
function closest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 2 ? best.candidate : undefined;
}

/** Levenshtein's distance between two short words. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

function gotText(value: unknown): string {
  if (value === undefined) {
    return 'it is missing';
  }
  const written = JSON.stringify(value) ?? String(value);
  return `got ${written.length > SHOWN_CHARACTERS ? `${written.slice(0, SHOWN_CHARACTERS)}…` : written}`;
}
