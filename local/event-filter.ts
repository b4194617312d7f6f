/**
 * The filter patterns of an event source mapping.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html: of its comparison operators the
 * template uses equality of strings alone, and so does this.
 */

import { TemplateError } from './intrinsics.ts';

/** Nested keys; at the leaves the values of which one must be there. */
export interface EventPattern {
  readonly [key: string]: EventPattern | readonly string[];
}

/**
 * Reads a pattern.
 *
 * @param text the JSON text of a filter's `Pattern`
 * @throws TemplateError for a comparison other than equality of strings
 */
export function parseEventPattern(text: string): EventPattern {
  const check = (value: unknown): EventPattern | readonly string[] => {
    if (Array.isArray(value) && value.every((member) => typeof member === 'string')) return value;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, check(member)]));
    }
    throw new TemplateError(`the local run compares strings alone, and a stream filter asks for ${text}`);
  };
  const pattern = check(JSON.parse(text));
  if (Array.isArray(pattern)) throw new TemplateError(`a stream filter is an object, not ${text}`);
  return pattern as EventPattern;
}

/** Whether a record has every key of the pattern, with one of the pattern's values at each leaf. */
export function matchesPattern(pattern: EventPattern, record: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    const value = typeof record === 'object' && record !== null ? (record as Record<string, unknown>)[key] : undefined;
    if (isLeaf(expected)) return typeof value === 'string' && expected.includes(value);
    return matchesPattern(expected, value);
  });
}

function isLeaf(expected: EventPattern | readonly string[]): expected is readonly string[] {
  return Array.isArray(expected);
}
