import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SHARDS } from '../../lambda/adapters/keys.ts';
import { PHASES, type Session } from '../../lambda/core/session.ts';
import { makeSummarize, type TallyEntry } from '../../lambda/core/session-summary.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { freshId, makeSession } from '../support/fake-records.ts';
import { makeOpsCaller, type OpsCaller } from './ops-caller.ts';

let dynalite: Dynalite;
let ops: OpsCaller;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());
beforeEach(async () => {
  ops = makeOpsCaller(await dynalite.newTable());
});

/** The counts as lines, such as `pending kiosks 3`. */
async function counted(): Promise<string[]> {
  const { body } = await ops.get('/summary');
  return body.counts.map(({ phase, fleet, count }: Record<string, unknown>) => `${phase} ${fleet} ${count}`);
}

async function storeMany(count: number, own: Partial<Session>): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => ops.store(own)));
}

describe('the counts', () => {
  it('are by phase and fleet, in the order of the phases, then of the names', async () => {
    await storeMany(3, { phase: 'pending', fleet: 'robots' });
    await storeMany(2, { phase: 'pending', fleet: 'kiosks' });
    await storeMany(1, { phase: 'awaiting_operator', fleet: 'robots', activations: 0 });
    await storeMany(4, { phase: 'denied', fleet: 'kiosks' });

    expect(await counted()).toEqual([
      'awaiting_operator robots 1',
      'pending kiosks 2',
      'pending robots 3',
      'denied kiosks 4',
    ]);
  });

  it('each come with the filter that lists what was counted', async () => {
    for (const [i, phase] of PHASES.entries()) {
      await storeMany(i + 1, { phase, fleet: i % 2 === 0 ? 'kiosks' : 'robots' });
    }
    await storeMany(5, { phase: 'pending', fleet: 'kiosks', expiresAt: START_SECONDS });
    await storeMany(2, { phase: 'pending', fleet: 'robots', activations: 1, activationExpiresAt: START_SECONDS });

    const { counts } = (await ops.get('/summary')).body;

    for (const { count, filter } of counts) {
      const { sessions } = (await ops.get('/sessions', { query: { ...filter, limit: '100' } })).body;
      expect([filter, sessions.length]).toEqual([filter, count]);
    }
    const total = counts.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
    expect(total).toBe((PHASES.length * (PHASES.length + 1)) / 2 + 7);
  });

  it('are right over more than one page of a shard', async () => {
    const inOneShard: string[] = [];
    while (inOneShard.length < 1003) {
      const id = freshId();
      if ((Buffer.from(id, 'base64url')[0] ?? 0) % SHARDS.length === 3) inOneShard.push(id);
    }
    await Promise.all(inOneShard.map((sessionId) => ops.store({ sessionId, createdAtMs: START_MS })));

    expect(await counted()).toEqual(['pending kiosks 1003']);
  });

  it('take a session as expired from the second on that it expires', async () => {
    await storeMany(2, { phase: 'pending', expiresAt: START_SECONDS + 60 });

    ops.clock.advanceSeconds(59);
    expect(await counted()).toEqual(['pending kiosks 2']);
    ops.clock.advanceSeconds(1);
    expect(await counted()).toEqual(['expired kiosks 2']);
  });

  it('take a deferred session whose AWS code has died as waiting for an operator', async () => {
    const activationExpiresAt = START_SECONDS + 60;
    await storeMany(1, { expiresAt: START_SECONDS + 3600, activations: 1, activationExpiresAt });

    expect(await counted()).toEqual(['pending kiosks 1']);
    ops.clock.advanceSeconds(60);
    expect(await counted()).toEqual(['awaiting_operator kiosks 1']);
  });
});

describe('the oldest that waits', () => {
  it('is the one that asked first of those that still wait', async () => {
    await ops.store({ createdAtMs: START_MS - 90_000, phase: 'denied' });
    await ops.store({ createdAtMs: START_MS - 80_000, expiresAt: START_SECONDS });
    const own = { createdAtMs: START_MS - 61_500, clientName: 'kiosk-oldest', fleet: 'robots' };
    const sessionId = await ops.store(own);
    await ops.store({ createdAtMs: START_MS - 1000, phase: 'awaiting_operator' });

    expect((await ops.get('/summary')).body).toMatchObject({
      oldestWaiting: {
        sessionId,
        fleet: 'robots',
        clientName: 'kiosk-oldest',
        createdAt: new Date(START_MS - 61_500).toISOString(),
        waitingSeconds: 61,
      },
      updatedAt: new Date(START_MS).toISOString(),
    });
  });

  it('is null when nobody waits', async () => {
    await ops.store({ phase: 'claimed' });

    expect((await ops.get('/summary')).body.oldestWaiting).toBeNull();
  });

  it('is not one that has just settled, although the index still has it among the pending', async () => {
    const settled = makeSession({ createdAtMs: START_MS - 2000, phase: 'authorized' });
    const waiting = makeSession({ createdAtMs: START_MS - 1000 });
    const entries = [settled, waiting].map((session) => entryOf({ ...session, phase: 'pending' }));

    const { oldestWaiting } = await summaryOf(entries, [waiting, settled]);

    expect(oldestWaiting).toEqual(waiting);
  });

  it('may be one of a deferred fleet, for which nobody has come yet', async () => {
    const first = makeSession({ createdAtMs: START_MS - 2000, phase: 'awaiting_operator', activations: 0 });
    const second = makeSession({ createdAtMs: START_MS - 1000 });

    const { oldestWaiting } = await summaryOf([first, second].map(entryOf), [second, first]);

    expect(oldestWaiting).toEqual(first);
  });

  it('is of two that asked in the same millisecond always the same, however the table answers', async () => {
    const [one, other] = ['a-session', 'b-session'].map((sessionId) => makeSession({ sessionId })) as [
      Session,
      Session,
    ];
    const entries = [other, one].map(entryOf);

    expect((await summaryOf(entries, [one, other])).oldestWaiting).toEqual(one);
    expect((await summaryOf(entries, [other, one])).oldestWaiting).toEqual(one);
  });

  it('is found behind any number of older sessions that do not wait any more', async () => {
    const delivered = inTheOrderOfTheirAges(40, { phase: 'claimed' });
    const waiting = makeSession({ createdAtMs: START_MS });

    const { oldestWaiting } = await summaryOf([...delivered, waiting].map(entryOf), [...delivered, waiting]);

    expect(oldestWaiting).toEqual(waiting);
  });

  it.each(['oldest first', 'newest first'])(
    'is found among many that come %s, by reading 25 of them',
    async (order) => {
      const sessions = inTheOrderOfTheirAges(60, {});
      const entries = order === 'oldest first' ? sessions.map(entryOf) : sessions.map(entryOf).toReversed();
      const settled = sessions.slice(0, 24).map((session): Session => ({ ...session, phase: 'authorized' }));

      const { oldestWaiting, asked } = await summaryOf(entries, [...sessions.slice(24), ...settled]);

      expect(oldestWaiting).toEqual(sessions[24]);
      expect(asked).toEqual([sessions.slice(0, 25).map(({ sessionId }) => sessionId)]);
    },
  );

  it('is not looked for in the table when nobody waits', async () => {
    const { asked, ...summary } = await summaryOf([entryOf(makeSession({ phase: 'denied' }))], []);

    expect(asked).toEqual([]);
    expect(summary).not.toHaveProperty('oldestWaiting');
  });
});

describe('the order of the counts', () => {
  it('does not depend on the order in which the index tells its entries', async () => {
    const each = PHASES.flatMap((phase) => ['robots', 'kiosks'].map((fleet) => entryOf(makeSession({ phase, fleet }))));
    const expected = PHASES.flatMap((phase) => ['kiosks', 'robots'].map((fleet) => ({ phase, fleet, count: 1 })));

    expect((await summaryOf(each, [])).counts).toEqual(expected);
    expect((await summaryOf(each.toReversed(), [])).counts).toEqual(expected);
  });
});

describe('the pace', () => {
  it.each([
    [0, 5],
    [2_000, 5],
    [2_001, 15],
    [20_000, 15],
    [20_001, 60],
  ])('for %i sessions is a count every %i seconds', async (sessions, seconds) => {
    const entry = entryOf(makeSession({ phase: 'claimed' }));

    const { refreshAfterSeconds } = await summaryOf(
      Array.from({ length: sessions }, () => entry),
      [],
    );

    expect(refreshAfterSeconds).toBe(seconds);
  });
});

function entryOf({ sessionId, phase, fleet, expiresAt, createdAtMs }: Session): TallyEntry {
  return { createdOrder: `${createdAtMs}#${sessionId}`, phase, fleet, expiresAt };
}

/** So many sessions, each a second younger than the one before it. */
function inTheOrderOfTheirAges(count: number, own: Partial<Session>): Session[] {
  const createdAtMs = (i: number): number => START_MS - (count - i) * 1000;
  return Array.from({ length: count }, (_, i) => makeSession({ ...own, createdAtMs: createdAtMs(i) }));
}

/** A summary of these entries of the index, with these sessions in the table, and the ids that it was asked for. */
async function summaryOf(entries: readonly TallyEntry[], sessions: readonly Session[]) {
  const asked: (readonly string[])[] = [];
  const summary = await makeSummarize({
    tally: {
      async visit(_, see) {
        for (const entry of entries) see(entry);
      },
    },
    async readMany(ids) {
      asked.push(ids);
      return sessions.filter(({ sessionId }) => ids.includes(sessionId));
    },
    nowMs: () => START_MS,
  })();
  return { ...summary, asked };
}
