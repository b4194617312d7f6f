import { describe, expect, it } from 'vitest';
import { makeFairTurns } from '../../local/fair-turns.ts';

/** Work that is under way until it is told to end. */
function makeWork() {
  const underWay: string[] = [];
  const ends: (() => void)[] = [];
  return {
    underWay,
    of: (name: string) => async (): Promise<void> => {
      underWay.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      underWay.splice(underWay.indexOf(name), 1);
    },
    async endOldest(): Promise<void> {
      ends.shift()?.();
      await settled();
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeTurns() {
  const time = { nowMs: 0 };
  const pauses: (() => void)[] = [];
  const sleep = (): Promise<void> => new Promise((resolve) => pauses.push(resolve));
  const endPauses = async (): Promise<void> => {
    for (const end of pauses.splice(0)) end();
    await settled();
  };
  const turns = makeFairTurns({ share: 2, staysMs: 1_000, pauseMs: 5, now: () => time.nowMs, sleep });
  return { time, turns, endPauses };
}

describe('turns', () => {
  it('keep a caller that is alone from nothing', async () => {
    const { turns } = makeTurns();
    const work = makeWork();
    for (let i = 0; i < 10; i += 1) void turns.take('a', work.of('a'));
    await settled();

    expect(work.underWay).toHaveLength(10);
  });

  it('let a caller have its share under way while another one is there, and the other one go at once', async () => {
    const { turns } = makeTurns();
    const work = makeWork();
    void turns.take('polite', work.of('polite'));
    for (let i = 0; i < 10; i += 1) void turns.take('hostile', work.of('hostile'));
    void turns.take('polite', work.of('polite'));
    await settled();

    expect(work.underWay.toSorted()).toEqual(['hostile', 'hostile', 'polite', 'polite']);
  });

  it('give the next turn, after a pause, to who has waited longest when one has ended', async () => {
    const { turns, endPauses } = makeTurns();
    const work = makeWork();
    void turns.take('other', async () => undefined);
    for (const name of ['first', 'second', 'third', 'fourth']) void turns.take('a', work.of(name));
    await settled();
    await work.endOldest();

    expect(work.underWay).toEqual(['second']);
    await endPauses();
    expect(work.underWay).toEqual(['second', 'third']);
  });

  it('make nobody pause who has no queue', async () => {
    const { turns } = makeTurns();
    const work = makeWork();
    void turns.take('other', async () => undefined);
    for (const name of ['first', 'second']) void turns.take('a', work.of(name));
    await settled();
    await work.endOldest();
    void turns.take('a', work.of('third'));
    await settled();

    expect(work.underWay).toEqual(['second', 'third']);
  });

  it('hold back nobody once the others have gone', async () => {
    const { turns, time } = makeTurns();
    const work = makeWork();
    void turns.take('other', async () => undefined);
    for (let i = 0; i < 5; i += 1) void turns.take('a', work.of('a'));
    await settled();
    time.nowMs = 2_000;
    await work.endOldest();

    expect(work.underWay).toHaveLength(4);
  });

  it('go on after work that failed', async () => {
    const { turns, endPauses } = makeTurns();
    const fails = (): Promise<never> => Promise.reject(new Error('failed'));
    void turns.take('other', async () => undefined);
    const failing = Promise.allSettled([1, 2, 3].map(() => turns.take('a', fails)));
    await settled();
    await endPauses();
    const failed = await failing;

    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await turns.take('a', async () => 'done')).toBe('done');
  });
});
