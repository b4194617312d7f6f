import { describe, expect, it } from 'vitest';
import { makePollLimiter } from '../../lambda/core/poll-limiter.ts';
import { makeFakeClock } from '../support/fake-clock.ts';

const INTERVAL_SECONDS = 5;

function setUp() {
  const clock = makeFakeClock();
  const limiter = makePollLimiter(clock);
  const poll = (sessionId = 'session'): boolean => limiter.isAbuse(sessionId, INTERVAL_SECONDS);
  const polls = (count: number, sessionId?: string): boolean[] => Array.from({ length: count }, () => poll(sessionId));
  return { clock, poll, polls };
}

describe('the poll limiter', () => {
  it('finds nothing wrong with two polls within 3 ms, as the AWS CLI sends them at every login', () => {
    const { clock, poll } = setUp();

    const first = poll();
    clock.advance(3);

    expect([first, poll()]).toEqual([false, false]);
  });

  it('finds abuse in 20 polls at once, and only after the first few', () => {
    const answers = setUp().polls(20);

    expect(answers).toEqual([...Array(5).fill(false), ...Array(15).fill(true)]);
  });

  it('answers a client that then waits interval + 5 s on its merits, for ever (RFC 8628 §3.5)', () => {
    const { clock, poll, polls } = setUp();
    polls(20);

    const answers = Array.from({ length: 200 }, () => {
      clock.advanceSeconds(INTERVAL_SECONDS + 5);
      return poll();
    });

    expect(answers).not.toContain(true);
  });

  it('never locks out a client that polls at the interval, however long', () => {
    const { clock, poll } = setUp();

    const answers = Array.from({ length: 1_000 }, () => {
      clock.advanceSeconds(INTERVAL_SECONDS);
      return poll();
    });

    expect(answers).not.toContain(true);
  });

  it('does not hold it against a client that it was told to slow down: refused polls cost nothing', () => {
    const { clock, poll, polls } = setUp();
    polls(500);
    clock.advanceSeconds(INTERVAL_SECONDS);

    expect([poll(), poll()]).toEqual([false, true]);
  });

  it('lets a client that polls a little too often through most of the time, for ever', () => {
    const { clock, poll, polls } = setUp();
    polls(20);

    const answers = Array.from({ length: 500 }, () => {
      clock.advanceSeconds(INTERVAL_SECONDS - 1);
      return poll();
    });

    expect(answers.filter((isAbuse) => !isAbuse)).toHaveLength(400);
  });

  it('does not save up more than a burst for a client that was silent', () => {
    const { clock, polls } = setUp();
    polls(1);
    clock.advanceSeconds(86_400);

    expect(polls(6)).toEqual([false, false, false, false, false, true]);
  });

  it('does not mind a clock that goes back', () => {
    const { clock, poll, polls } = setUp();
    polls(4);
    clock.advanceSeconds(-60);

    expect([poll(), poll()]).toEqual([false, true]);
  });

  it('counts each session by itself', () => {
    const { poll, polls } = setUp();
    polls(20, 'hasty');

    expect(poll('patient')).toBe(false);
  });

  it('remembers the 10,000 sessions that polled last, and not one more', () => {
    const { poll, polls } = setUp();
    polls(6, 'hasty');
    const others = (count: number): void => {
      for (let index = 0; index < count; index += 1) poll(`other-${index}`);
    };

    others(9_999);
    expect(poll('hasty')).toBe(true);

    poll('one more: it takes the place of the session that was silent longest');
    expect(poll('hasty')).toBe(true);

    others(10_000);
    expect(poll('hasty')).toBe(false);
  });
});
