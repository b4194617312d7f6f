import { describe, expect, it } from 'vitest';
import { sessionLine } from '../../local/session-lines.ts';

const item = (attributes: Record<string, string>) =>
  Object.fromEntries(Object.entries(attributes).map(([name, S]) => [name, { S }]));

const Keys = item({ pk: 'SESSION#3f2aXYZ' });
const pending = item({
  phase: 'pending',
  clientName: 'kiosk-1',
  clientId: 'abcdefgh',
  fleet: 'local',
  userCode: 'ABCD-EFGH',
});

describe('the line of a session', () => {
  it('says which device is in which phase, with a shortened id and without the user code', () => {
    expect(sessionLine({ Keys, NewImage: pending })).toBe('session 3f2a… kiosk-1 (local): pending');
  });

  it('is there when the phase changes, with the reason of an end', () => {
    const cancelled = { ...pending, ...item({ phase: 'cancelled', endReason: 'by an operator' }) };

    expect(sessionLine({ Keys, OldImage: pending, NewImage: cancelled })).toBe(
      'session 3f2a… kiosk-1 (local): cancelled, by an operator',
    );
  });

  it('is not there when a poll writes into the session', () => {
    expect(sessionLine({ Keys, OldImage: pending, NewImage: { ...pending, polls: { N: '2' } } })).toBeUndefined();
  });

  it('is not there for other items, nor for one that was deleted', () => {
    expect(sessionLine({ Keys: item({ pk: 'CLIENT#1' }), NewImage: pending })).toBeUndefined();
    expect(sessionLine({ Keys, OldImage: pending })).toBeUndefined();
  });

  it('shows nothing of a device name that could steer a terminal', () => {
    const named = { ...pending, ...item({ clientName: 'k\u001b[2Jiosk\r\n' }) };

    expect(sessionLine({ Keys, NewImage: named })).toBe('session 3f2a… k[2Jiosk (local): pending');
  });
});
