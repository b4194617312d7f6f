import { describe, expect, it } from 'vitest';
import { matchesPattern, parseEventPattern } from '../../local/event-filter.ts';

const becamePending = parseEventPattern(
  JSON.stringify({
    eventName: ['MODIFY'],
    dynamodb: { NewImage: { phase: { S: ['pending'] } }, OldImage: { phase: { S: ['awaiting_operator'] } } },
  }),
);

const record = (eventName: string, before: string | undefined, after: string) => ({
  eventName,
  dynamodb: {
    NewImage: { phase: { S: after } },
    ...(before === undefined ? {} : { OldImage: { phase: { S: before } } }),
  },
});

describe('a filter pattern', () => {
  it('lets a record through that has all its values', () => {
    expect(matchesPattern(becamePending, record('MODIFY', 'awaiting_operator', 'pending'))).toBe(true);
  });

  it.each([
    ['another event', record('INSERT', 'awaiting_operator', 'pending')],
    ['another value at a leaf', record('MODIFY', 'pending', 'pending')],
    ['no such key', record('MODIFY', undefined, 'pending')],
    ['a value where the pattern has a key', { eventName: 'MODIFY', dynamodb: 'pending' }],
  ])('holds a record back that has %s', (_what, other) => {
    expect(matchesPattern(becamePending, other)).toBe(false);
  });

  it('takes any value of a list', () => {
    const either = parseEventPattern('{"eventName":["INSERT","MODIFY"]}');

    expect(matchesPattern(either, { eventName: 'MODIFY' })).toBe(true);
    expect(matchesPattern(either, { eventName: 'REMOVE' })).toBe(false);
  });
});
