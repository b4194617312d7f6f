/** Turns for callers who share one thread: as long as several are there, none may have more than its share under way. */

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
  /** How long a caller with a queue pauses between its turns while there are others, in milliseconds. */
  readonly pauseMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

interface Caller {
  underWay: number;
  lastSeenMs: number;
  /** First in, first out. */
  readonly waiting: (() => void)[];
}

/**
 * Makes turns. Lambda gives every request an environment of its own, so that a caller who sends as fast as it can costs others
 * nothing; here a function is one thread, and its queue would be that caller's alone. The pause is for answers that take no
 * time: without it refusals alone would keep the thread busy.
 */
export function makeFairTurns({ share, staysMs, pauseMs, now, sleep }: FairTurnsOptions): FairTurns {
  const callers = new Map<string, Caller>();
  let sweptAtMs = now();

  function callerOf(name: string): Caller {
    const known = callers.get(name) ?? { underWay: 0, lastSeenMs: 0, waiting: [] };
    callers.set(name, known);
    known.lastSeenMs = now();
    return known;
  }

  /** Forgets who has gone, so that the map does not grow. */
  function sweep(): void {
    sweptAtMs = now();
    for (const [name, { underWay, waiting, lastSeenMs }] of callers) {
      if (underWay === 0 && waiting.length === 0 && lastSeenMs + staysMs < now()) callers.delete(name);
    }
  }

  function isAlone(): boolean {
    if (sweptAtMs + staysMs < now()) sweep();
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

  async function endTurn(caller: Caller): Promise<void> {
    if (caller.waiting.length > 0 && !isAlone()) await sleep(pauseMs);
    caller.underWay -= 1;
    startWaiting(caller);
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
        void endTurn(caller);
      }
    },
  };
}
