import { afterEach, describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../local/aws/stream-table.ts';
import { parseEventPattern } from '../../local/event-filter.ts';
import type { Invocation } from '../../local/functions.ts';
import { type StreamPoller, startStreamPoller } from '../../local/stream.ts';
import type { StreamMapping } from '../../local/template.ts';
import { makeVirtualTime } from './virtual-time.ts';

const MAPPING: StreamMapping = {
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:StartPolling',
  patterns: [parseEventPattern('{"dynamodb":{"NewImage":{"phase":{"S":["pending"]}}}}')],
  batchSize: 3,
  windowSeconds: 1,
  retryAttempts: 2,
  bisect: true,
  reportsItemFailures: false,
  maximumRecordAgeSeconds: 600,
};

const ANSWERED: Invocation = { outcome: 'answered', answer: null };
const FAILED: Invocation = { outcome: 'failed', errorType: 'Error', errorMessage: 'no' };

let poller: StreamPoller | undefined;
afterEach(async () => {
  await poller?.close();
});

/** A poller under virtual time, with what it delivered and what it gave up. */
function start(mapping: Partial<StreamMapping> = {}, answer: (ids: string[]) => Invocation = () => ANSWERED) {
  const time = makeVirtualTime(1_000_000_000);
  const delivered: { ids: string[]; atMs: number }[] = [];
  const givenUp: { ids: string[]; reason: string }[] = [];
  const idsOf = (records: readonly StreamRecord[]) => records.map(({ dynamodb }) => String(dynamodb.Keys.pk?.S));
  const started = startStreamPoller({
    mapping: { ...MAPPING, ...mapping },
    invoke: async (_arn, event) => {
      const ids = idsOf((event as { Records: StreamRecord[] }).Records);
      delivered.push({ ids, atMs: time.now() - 1_000_000_000 });
      return answer(ids);
    },
    now: time.now,
    sleep: time.sleep,
    onFailedBatch: (batch, reason) => givenUp.push({ ids: idsOf(batch), reason }),
  });
  poller = started;
  const push = (...ids: string[]): void => {
    for (const id of ids) started.push(pending(id, time.now()));
  };
  return { time, delivered, givenUp, push, started };
}

function pending(pk: string, atMs: number, phase = 'pending'): StreamRecord {
  return {
    eventID: pk,
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    eventVersion: '1.1',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn',
    dynamodb: {
      ApproximateCreationDateTime: atMs / 1000,
      Keys: { pk: { S: pk } },
      NewImage: { pk: { S: pk }, phase: { S: phase } },
      SequenceNumber: `${pk}-1`,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

describe('batching', () => {
  it('waits for the window after the first record and delivers what came in it', async () => {
    const { time, delivered, push } = start();

    push('a');
    await time.advance(600);
    push('b');
    await time.advance(399);
    expect(delivered).toEqual([]);
    await time.advance(1);

    expect(delivered).toEqual([{ ids: ['a', 'b'], atMs: 1000 }]);
  });

  it('delivers a full batch before the window ends', async () => {
    const { time, delivered, push } = start();

    push('a', 'b', 'c');
    await time.advance(0);

    expect(delivered).toEqual([{ ids: ['a', 'b', 'c'], atMs: 0 }]);
  });

  it('never makes a batch larger than the mapping says', async () => {
    const { time, delivered, push } = start();

    push('a', 'b', 'c', 'd', 'e', 'f', 'g');
    await time.advance(5000);

    expect(delivered.map(({ ids }) => ids)).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
  });

  it('passes over records that no filter lets through', async () => {
    const { time, delivered, push, started } = start();

    started.push(pending('x', time.now(), 'claimed'));
    push('a');
    await time.advance(2000);

    expect(delivered.map(({ ids }) => ids)).toEqual([['a']]);
  });

  it('opens a new window for a record that comes later', async () => {
    const { time, delivered, push } = start();

    push('a');
    await time.advance(3000);
    push('b');
    await time.advance(3000);

    expect(delivered).toEqual([
      { ids: ['a'], atMs: 1000 },
      { ids: ['b'], atMs: 4000 },
    ]);
  });
});

describe('a batch that fails', () => {
  it('is halved until the record that fails is alone, and that one is given up after its retries', async () => {
    const { time, delivered, givenUp, push } = start({}, (ids) => (ids.includes('b') ? FAILED : ANSWERED));

    push('a', 'b', 'c');
    await time.advance(60_000);

    expect(delivered.map(({ ids }) => ids.join())).toEqual(['a,b,c', 'a,b', 'a', 'b', 'b', 'b', 'c']);
    expect(givenUp).toEqual([{ ids: ['b'], reason: 'RetryAttemptsExhausted' }]);
  });

  it('is retried whole when the mapping does not halve', async () => {
    const { time, delivered, givenUp, push } = start({ bisect: false }, () => FAILED);

    push('a', 'b');
    await time.advance(60_000);

    expect(delivered.map(({ ids }) => ids.join())).toEqual(['a,b', 'a,b', 'a,b']);
    expect(givenUp).toEqual([{ ids: ['a', 'b'], reason: 'RetryAttemptsExhausted' }]);
  });

  it('waits longer before each retry', async () => {
    const { time, delivered, push } = start({ retryAttempts: 3 }, () => FAILED);

    push('a');
    await time.advance(60_000);

    expect(delivered.map(({ atMs }) => atMs)).toEqual([1000, 1100, 1300, 1700]);
  });

  it('is given up when its records are too old, however many retries are left', async () => {
    const { time, givenUp, push } = start({ retryAttempts: 1_000_000, maximumRecordAgeSeconds: 60 }, () => FAILED);

    push('a');
    await time.advance(120_000);

    expect(givenUp).toEqual([{ ids: ['a'], reason: 'MaximumRecordAgeExceeded' }]);
  });

  it('does not hold up the batches behind it once it is given up', async () => {
    const { time, delivered, push } = start({ batchSize: 1 }, (ids) => (ids.includes('a') ? FAILED : ANSWERED));

    push('a', 'b');
    await time.advance(60_000);

    expect(delivered.at(-1)?.ids).toEqual(['b']);
  });
});

describe('a function that reports the record that failed', () => {
  const reporting = { reportsItemFailures: true };
  const failingAt = (...ids: string[]): Invocation => ({
    outcome: 'answered',
    answer: { batchItemFailures: ids.map((id) => ({ itemIdentifier: `${id}-1` })) },
  });

  it('is given that record and what follows it once more, and nothing before it', async () => {
    let calls = 0;
    const { time, delivered, givenUp, push } = start(reporting, () => {
      calls += 1;
      return calls === 1 ? failingAt('c', 'b') : failingAt();
    });

    push('a', 'b', 'c');
    await time.advance(60_000);

    expect(delivered.map(({ ids }) => ids.join())).toEqual(['a,b,c', 'b,c']);
    expect(givenUp).toEqual([]);
  });

  it('loses the one record that never succeeds, and none of the others', async () => {
    const { time, delivered, givenUp, push } = start(reporting, (ids) => failingAt(...ids.filter((id) => id === 'b')));

    push('a', 'b', 'c');
    await time.advance(60_000);

    expect(givenUp).toEqual([{ ids: ['b'], reason: 'RetryAttemptsExhausted' }]);
    expect(delivered.map(({ ids }) => ids.join())).toEqual(['a,b,c', 'b,c', 'b', 'b', 'b', 'c']);
  });

  it('is given the whole batch again when it names a record that was not in it', async () => {
    const { time, delivered, push } = start({ ...reporting, bisect: false, retryAttempts: 1 }, () => failingAt('z'));

    push('a', 'b');
    await time.advance(60_000);

    expect(delivered.map(({ ids }) => ids.join())).toEqual(['a,b', 'a,b']);
  });

  it('is not asked for its report by a mapping that does not want one', async () => {
    const { time, delivered, push } = start({}, () => failingAt('a'));

    push('a');
    await time.advance(60_000);

    expect(delivered).toHaveLength(1);
  });
});

describe('closing', () => {
  it('ends while a window is open, and delivers nothing more', async () => {
    const { time, delivered, push, started } = start();

    push('a');
    await time.advance(500);
    await started.close();
    await time.advance(5000);

    expect(delivered).toEqual([]);
  });

  it('ends while nothing has come', async () => {
    const { started } = start();

    await expect(started.close()).resolves.toBeUndefined();
  });
});
