import { describe, expect, it } from 'vitest';
import { brokerTemplate, readable, resourceNamed, resourcesOf } from '../support/synth.ts';

const template = brokerTemplate();
const mapping = resourceNamed(template, 'BrokerPendingSessions');
const queue = resourceNamed(template, 'BrokerFailedBatches');

describe('the stream of sessions', () => {
  it('goes from the table to the function that starts the polling', () => {
    expect(readable(mapping.Properties.EventSourceArn)).toBe('BrokerSessionsTable.StreamArn');
    expect(readable(mapping.Properties.FunctionName)).toBe('BrokerStartPolling');
  });

  it('is read from its beginning, in batches of one execution each', () => {
    expect(mapping.Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      ParallelizationFactor: 1,
    });
  });

  it('passes on what became pending, new or opened by an operator, and nothing else', () => {
    const { Filters } = mapping.Properties.FilterCriteria as { Filters: { Pattern: string }[] };

    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT'], dynamodb: { NewImage: { phase: { S: ['pending'] } } } },
      {
        eventName: ['MODIFY'],
        dynamodb: { NewImage: { phase: { S: ['pending'] } }, OldImage: { phase: { S: ['awaiting_operator'] } } },
      },
    ]);
  });

  it('gives up on a batch after ten halvings and retries or ten minutes, and leaves word of it', () => {
    const { OnFailure } = mapping.Properties.DestinationConfig as { OnFailure: { Destination: unknown } };

    expect(mapping.Properties).toMatchObject({
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 600,
    });
    expect(mapping.Properties).not.toHaveProperty('FunctionResponseTypes');
    expect(readable(OnFailure.Destination)).toBe('BrokerFailedBatches.Arn');
  });

  it('is not opened before an execution may hand over', () => {
    expect(mapping.DependsOn).toEqual([expect.stringMatching(/^BrokerPollingLoopHandOver/)]);
  });
});

describe('the queue of failed batches', () => {
  it('is encrypted with the key and keeps messages as long as SQS does', () => {
    expect(readable(queue.Properties.KmsMasterKeyId)).toBe('BrokerSessionsKey.Arn');
    expect(queue.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });

  it('refuses connections without TLS', () => {
    const policies = Object.values(resourcesOf(template, 'AWS::SQS::QueuePolicy'));

    for (const { Properties } of policies) {
      expect((Properties.PolicyDocument as { Statement: unknown[] }).Statement).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]);
    }
    expect(policies).toHaveLength(Object.keys(resourcesOf(template, 'AWS::SQS::Queue')).length);
  });
});
