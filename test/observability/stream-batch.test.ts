import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { batchAgeMs, pendingSessionOf } from '../../lambda/adapters/stream-record.ts';

const NOW_MS = 1_800_000_000_500;

const image = (phase: string, own: object = {}) => ({
  sessionId: { S: 'session-1' },
  phase: { S: phase },
  nextPollAtMs: { N: '1800000005000' },
  ...own,
});

const record = (dynamodb: DynamoDBRecord['dynamodb']): DynamoDBRecord => ({ dynamodb: dynamodb ?? {} });

describe('a record of the stream, for the loop', () => {
  it('is the session that became pending, with the time of its first poll and its correlation id', () => {
    const NewImage = image('pending', { correlationId: { S: 'request-1' }, upstreamDeviceCode: { S: 'a secret' } });

    expect(pendingSessionOf(record({ NewImage }), NOW_MS)).toEqual({
      sessionId: 'session-1',
      nextPollAtMs: 1_800_000_005_000,
      correlationId: 'request-1',
    });
  });

  it('has no correlation id when no request started the session', () => {
    expect(pendingSessionOf(record({ NewImage: image('pending') }), NOW_MS)).not.toHaveProperty('correlationId');
  });

  it('polls at once what does not say when', () => {
    const NewImage = { ...image('pending'), nextPollAtMs: { S: 'soon' } };

    expect(pendingSessionOf(record({ NewImage }), NOW_MS)?.nextPollAtMs).toBe(NOW_MS);
  });

  it.each([
    ['a session that was pending before', { NewImage: image('pending'), OldImage: image('pending') }],
    ['a session that is settled', { NewImage: image('authorized'), OldImage: image('pending') }],
    ['a session that is gone', { OldImage: image('pending') }],
    ['no session', { NewImage: { pk: { S: 'CLIENT#1' } } }],
  ])('is nothing for %s', (_what, dynamodb) => {
    expect(pendingSessionOf(record(dynamodb), NOW_MS)).toBeUndefined();
  });
});

describe('the age of a batch', () => {
  const at = (seconds: number): DynamoDBRecord => record({ ApproximateCreationDateTime: seconds });

  it('is that of its oldest record, its first', () => {
    expect(batchAgeMs({ Records: [at(1_799_999_990), at(1_800_000_000)] }, NOW_MS)).toBe(10_500);
  });

  it('is never negative, and 0 when no record tells its time', () => {
    expect(batchAgeMs({ Records: [at(1_800_000_002)] }, NOW_MS)).toBe(0);
    expect(batchAgeMs({ Records: [record({})] }, NOW_MS)).toBe(0);
    expect(batchAgeMs({ Records: [] }, NOW_MS)).toBe(0);
  });
});
