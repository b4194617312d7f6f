/**
 * A secret on its way through the program. Whatever prints it (a log line, a template string, an error, the console, a
 * debugger's view) prints that it is there and not what it is; only `reveal` gives it out, so a search for that word finds
 * every place where it leaves the wrapper.
 */
export interface Secret {
  /** The secret itself: for the one call that needs it. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** What stands in the place of a secret, here and in the log. */
export const REDACTED = '[redacted]';

/** What `util.inspect`, and with it the console, asks an object for (Node.js, "Custom inspection functions on Objects"). */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Wraps a secret. The text lives in the closure alone: no property holds it, so no printer can reach it. */
export function makeSecret(text: string): Secret {
  const redacted = (): string => REDACTED;
  return Object.freeze({
    reveal: () => text,
    toString: redacted,
    toJSON: redacted,
    [Symbol.toPrimitive]: redacted,
    [INSPECT]: redacted,
    // For `console.dir`, which asks nobody.
    [Symbol.toStringTag]: REDACTED,
  });
}
