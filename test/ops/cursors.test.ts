import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { makeClient } from '../support/fake-records.ts';
import { makeOpsCaller, type OpsCaller } from './ops-caller.ts';

let dynalite: Dynalite;
let ops: OpsCaller;
let cursor: string;
beforeAll(async () => {
  dynalite = await startDynalite();
  ops = makeOpsCaller(await dynalite.newTable());
  await Promise.all(Array.from({ length: 4 }, () => ops.store({ fleet: 'robots' })));
  await Promise.all(Array.from({ length: 2 }, () => ops.clients.create(makeClient())));
  cursor = (await ops.get('/sessions', { query: { fleet: 'robots', limit: '1' } })).body.nextCursor;
});
afterAll(() => dynalite.close());

const code = async (path: string, query: Readonly<Record<string, string>>) =>
  (await ops.get(path, { query })).body.code ?? 'accepted';

describe('a cursor', () => {
  it('is taken by its own query, with pages of any size', async () => {
    expect(await code('/sessions', { fleet: 'robots', cursor })).toBe('accepted');
    expect(await code('/sessions', { fleet: 'robots', cursor, limit: '2' })).toBe('accepted');
  });

  it.each([
    ['without its filter', {}],
    ['with another filter', { fleet: 'kiosks' }],
    ['with one more filter', { fleet: 'robots', phase: 'pending' }],
  ])('is refused %s', async (_, filters) => {
    expect(await code('/sessions', { ...filters, cursor })).toBe('invalid_cursor');
  });

  it('of one list is refused by another', async () => {
    const ofClients = (await ops.get('/clients', { query: { limit: '1' } })).body.nextCursor;

    expect(await code('/clients', { cursor: ofClients })).toBe('accepted');
    expect(await code('/sessions', { cursor: ofClients })).toBe('invalid_cursor');
    expect(await code('/enrollment-keys', { cursor: ofClients })).toBe('invalid_cursor');
  });

  it.each([
    ['is empty', ''],
    ['is no cursor', 'next'],
    ['is a position without its binding', Buffer.from('1800000000000#abc').toString('base64url')],
    ['has a binding of its maker', Buffer.from('1800000000000#abc.0123456789abcdef').toString('base64url')],
    ['is JSON', Buffer.from('["1800000000000#abc","[]"]').toString('base64url')],
    ['holds binary zeros', Buffer.alloc(40).toString('base64url')],
    ['is long', 'A'.repeat(4000)],
  ])('is refused when it %s', async (_, forged) => {
    expect(await code('/sessions', { cursor: forged })).toBe('invalid_cursor');
  });

  it('is refused when a character of it was changed, or one added', async () => {
    const last = cursor.at(-1) === 'A' ? 'B' : 'A';

    for (const altered of [`${cursor.slice(0, -1)}${last}`, `X${cursor.slice(1)}`, `${cursor}A`, `${cursor}=`]) {
      expect(await code('/sessions', { fleet: 'robots', cursor: altered })).toBe('invalid_cursor');
    }
  });
});
