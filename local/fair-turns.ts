/** Turns for callers who share one thread: as long as several of them are there, none may have more than its share under way. */

/** Hands out turns. */
export interface FairTurns {
  /** Does a caller's work when it is its turn: at once, unless others are there and it has its share under way already. */
  take<T>(caller: string, work: () => Promise<T>): Promise<T>;
}

export interface FairTurnsOptions {
  /** What one caller may have under way while there are others. */
  readonly share: number;
  /** How long a caller counts as there after its last request, in milliseconds. */
  readonly staysMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Caller {
  underWay: number;
  lastSeenMs: number;
  /** First in, first out. */
  readonly waiting: (() => void)[];
}

/**
 * Makes turns. Lambda gives every request an environment of its own, so that a caller who sends as fast as it can costs others
 * nothing; here a function is one thread, and its queue would be that caller's alone.
 */
export function makeFairTurns({ share, staysMs, now }: FairTurnsOptions): FairTurns {
  const callers = new Map<string, Caller>();

  function callerOf(name: string): Caller {
    const known = callers.get(name) ?? { underWay: 0, lastSeenMs: 0, waiting: [] };
    callers.set(name, known);
    known.lastSeenMs = now();
    return known;
  }

  /** Forgets who has gone, so that the map does not grow. */
  function isAlone(): boolean {
    for (const [name, { underWay, waiting, lastSeenMs }] of callers) {
      if (underWay === 0 && waiting.length === 0 && lastSeenMs + staysMs < now()) callers.delete(name);
    }
    return callers.size < 2;
  }

  function startWaiting(caller: Caller): void {
    const most = isAlone() ? Number.POSITIVE_INFINITY : share;
    while (caller.underWay < most) {
      const start = caller.waiting.shift();
      if (start === undefined) return;
      caller.underWay += 1;
      start();
    }
  }

  return {
    async take(name, work) {
      const caller = callerOf(name);
      const turn = new Promise<void>((resolve) => caller.waiting.push(resolve));
      startWaiting(caller);
      await turn;
      try {
        return await work();
      } finally {
        caller.underWay -= 1;
        startWaiting(caller);
      }
    },
  };
}
