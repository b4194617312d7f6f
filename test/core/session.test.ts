import { describe, expect, it } from 'vitest';
import { END_PHASES, isEnd, LIVE_PHASES, phaseAt } from '../../lambda/core/session.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';

const END_SECONDS = START_SECONDS + 60;
const END_MS = END_SECONDS * 1000;

describe('the phase that holds', () => {
  it.each(['awaiting_operator', 'pending', 'authorized'] as const)(
    '%s is expired from the very second of expiresAt, also while the item is still there (RFC 8628 §3.5)',
    (phase) => {
      const session = makeSession({ phase, expiresAt: END_SECONDS });

      expect(phaseAt(session, END_MS - 1)).toBe(phase);
      expect(phaseAt(session, END_MS)).toBe('expired');
      expect(phaseAt(session, END_MS + 86_400_000)).toBe('expired');
    },
  );

  it.each([...END_PHASES, 'claimed'] as const)('%s stays, however late it is', (phase) => {
    expect(phaseAt(makeSession({ phase, expiresAt: END_SECONDS }), END_MS + 86_400_000)).toBe(phase);
  });

  it('a pending deferred session waits for an operator again from the second at which its upstream code expires', () => {
    const session = makeSession({ activations: 1, activationExpiresAt: END_SECONDS, expiresAt: END_SECONDS + 60 });

    expect(phaseAt(session, END_MS - 1)).toBe('pending');
    expect(phaseAt(session, END_MS)).toBe('awaiting_operator');
    expect(phaseAt(session, END_MS + 60_000)).toBe('expired');
  });

  it('an approved deferred session stays approved when its upstream code would have expired', () => {
    const session = makeSession({ phase: 'authorized', activationExpiresAt: START_SECONDS, expiresAt: END_SECONDS });

    expect(phaseAt(session, START_MS)).toBe('authorized');
  });

  it('every phase is either live or an end', () => {
    expect(END_PHASES.every(isEnd)).toBe(true);
    expect(LIVE_PHASES.some(isEnd)).toBe(false);
  });
});
