import { describe, expect, it } from 'vitest';
import { matchesText } from '../../console/page/lists.ts';
import { arrange, type Order } from '../../console/page/waiting-list.ts';
import { sessionAs } from './support/session-views.ts';

const ONE = sessionAs({
  sessionId: '1',
  clientName: 'kiosk-10',
  userCode: 'BCDF-GHJK',
  createdAt: '2026-11-21T12:00:00.000Z',
  expiresAt: '2026-11-21T13:00:00.000Z',
});
const TWO = sessionAs({
  sessionId: '2',
  clientName: 'kiosk-9',
  userCode: 'LMNP-QRST',
  createdAt: '2026-11-21T12:01:00.000Z',
  expiresAt: '2026-11-21T12:30:00.000Z',
});
const THREE = sessionAs({
  sessionId: '3',
  clientName: 'robot',
  fleet: 'robots',
  createdAt: '2026-11-21T12:02:00.000Z',
  expiresAt: '2026-11-21T12:50:00.000Z',
});

const ALL = { query: '', fleet: '', order: 'oldest' as Order };

const idsOf = (...args: Parameters<typeof arrange>): string[] => arrange(...args).map(({ sessionId }) => sessionId);

describe('the waiting queue', () => {
  it.each([
    ['oldest', ['1', '2', '3']],
    ['newest', ['3', '2', '1']],
    ['ending', ['2', '3', '1']],
    ['name', ['2', '1', '3']],
  ] as const)('is ordered by %s', (order, ids) => {
    expect(idsOf([THREE, ONE, TWO], [], { ...ALL, order })).toEqual(ids);
  });

  it('keeps what has just ended in its place', () => {
    const denied = sessionAs({ ...TWO, phase: 'denied' });

    const rows = arrange([ONE, THREE], [denied], ALL);

    expect(rows.map(({ sessionId, phase }) => [sessionId, phase])).toEqual([
      ['1', 'pending'],
      ['2', 'denied'],
      ['3', 'pending'],
    ]);
  });

  it('believes the newer list about what waits again', () => {
    const rows = arrange([TWO], [sessionAs({ ...TWO, phase: 'awaiting_operator' })], ALL);

    expect(rows).toEqual([TWO]);
  });

  it('shows one fleet when one is chosen', () => {
    expect(idsOf([ONE, TWO, THREE], [], { ...ALL, fleet: 'robots' })).toEqual(['3']);
  });

  it.each([
    ['kiosk-9', ['2']],
    ['bcdfghjk', ['1']],
    ['BCDF GHJK', ['1']],
    ['KIOSK lmnp', ['2']],
    ['192.0.2.7', ['1', '2', '3']],
    ['nothing', []],
  ])('finds %j', (query, ids) => {
    expect(idsOf([ONE, TWO, THREE], [], { ...ALL, query })).toEqual(ids);
  });
});

describe('searching', () => {
  it('wants every word, wherever it is', () => {
    expect(matchesText('a b', ['xa', 'yb', undefined])).toBe(true);
    expect(matchesText('a c', ['xa', 'yb'])).toBe(false);
  });

  it('finds everything when nothing is wanted', () => {
    expect(matchesText('  ', [])).toBe(true);
  });
});
