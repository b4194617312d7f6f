import { describe, expect, it } from 'vitest';
import { PHASES, type Phase } from '../../lambda/core/session.ts';
import { matchesPattern, parseEventPattern } from '../../local/event-filter.ts';
import { brokerTemplate, readable, resourceNamed } from '../support/synth.ts';

const template = brokerTemplate();
const mapping = resourceNamed(template, 'BrokerTransitions');
const { Filters } = mapping.Properties.FilterCriteria as { Filters: { Pattern: string }[] };
const patterns = Filters.map(({ Pattern }) => parseEventPattern(Pattern));

const passes = (eventName: string, before?: Phase, now?: Phase): boolean => {
  const image = (phase: Phase) => ({ phase: { S: phase } });
  const dynamodb = { ...(before && { OldImage: image(before) }), ...(now && { NewImage: image(now) }) };
  return patterns.some((pattern) => matchesPattern(pattern, { eventName, dynamodb }));
};

/** Every transition that the broker makes (lambda/core/session.ts); ends are reached from every live phase. */
const STEPS: readonly (readonly [Phase, Phase])[] = [
  ['awaiting_operator', 'pending'],
  ['pending', 'awaiting_operator'],
  ['pending', 'authorized'],
  ['authorized', 'claimed'],
  ...(['awaiting_operator', 'pending', 'authorized', 'claimed'] as const).flatMap((before) =>
    (['denied', 'expired', 'cancelled', 'superseded', 'failed'] as const).map((end) => [before, end] as const),
  ),
];

describe('the filters of the events', () => {
  it('are five, as many as a mapping may have', () => {
    expect(Filters).toHaveLength(5);
  });

  it.each(PHASES)('let a new session that is %s through', (phase) => {
    expect(passes('INSERT', undefined, phase)).toBe(true);
  });

  it.each(STEPS)('let the step from %s to %s through', (before, now) => {
    expect(passes('MODIFY', before, now)).toBe(true);
  });

  it('hold back the polls of a pending session and the repeated deliveries of a claimed one', () => {
    expect(passes('MODIFY', 'pending', 'pending')).toBe(false);
    expect(passes('MODIFY', 'claimed', 'claimed')).toBe(false);
  });

  it('let an item through that was deleted while its session lived, and no other', () => {
    const deleted = PHASES.filter((phase) => passes('REMOVE', phase));

    expect(deleted).toEqual(['awaiting_operator', 'pending', 'authorized']);
  });

  it('hold back items that are no sessions', () => {
    expect(['INSERT', 'MODIFY', 'REMOVE'].map((name) => passes(name))).toEqual([false, false, false]);
  });
});

describe('the mapping of the events', () => {
  it('goes from the table to the function that publishes', () => {
    expect(readable(mapping.Properties.EventSourceArn)).toBe('BrokerSessionsTable.StreamArn');
    expect(readable(mapping.Properties.FunctionName)).toBe('BrokerPublishEvents');
  });

  it('is told which record failed, halves what fails, and gives up at last', () => {
    const { OnFailure } = mapping.Properties.DestinationConfig as { OnFailure: { Destination: unknown } };

    expect(mapping.Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 30,
      MaximumRecordAgeInSeconds: 21_600,
    });
    expect(readable(OnFailure.Destination)).toBe('BrokerUnpublishedEvents.Arn');
  });

  it('waits for nothing: an event is sent as soon as the stream has it', () => {
    expect(mapping.Properties).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  });
});

describe('the bus', () => {
  it('has a name with that of its stack, so that two brokers fit into one account', () => {
    expect(readable(resourceNamed(template, 'BrokerEvents').Properties.Name)).toMatch(/^\{StackName\}-[0-9a-f]{8}$/);
  });

  it('is open to its own account alone', () => {
    template.resourceCountIs('AWS::Events::EventBusPolicy', 0);
  });
});

describe('the queue of events that were not published', () => {
  it('is encrypted with the key and keeps messages as long as SQS does', () => {
    const { Properties } = resourceNamed(template, 'BrokerUnpublishedEvents');

    expect(readable(Properties.KmsMasterKeyId)).toBe('BrokerSessionsKey.Arn');
    expect(Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });
});
