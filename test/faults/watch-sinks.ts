import type { Ledger } from './ledger.ts';

/** Invariant 5: no code, token or secret in anything that leaves the broker but its answer to the one it belongs to. */
export interface SecretWatch {
  /** A secret that exists from now on. */
  learn(...secrets: readonly string[]): void;
  /** Something that is logged, told, or travels through the state machine. */
  see(sink: string, content: unknown): void;
}

/** Long runs of the alphabet that all secrets here are written in. */
const WORDS = /[A-Za-z0-9_-]{40,}/g;

/** Makes the watch. @param secretMark what upstream's secrets begin with */
export function watchSinks(ledger: Ledger, secretMark: string): SecretWatch {
  const secrets = new Set<string>();
  return {
    learn: (...more) => {
      for (const secret of more) secrets.add(secret);
    },
    see(sink, content) {
      const text = JSON.stringify(content);
      if (text.includes(secretMark)) ledger.violate('5: no secret in a sink', `${sink} has one of upstream’s`);
      for (const word of text.match(WORDS) ?? []) {
        if (secrets.has(word)) ledger.violate('5: no secret in a sink', `${sink} has one of the broker’s`);
      }
    },
  };
}
