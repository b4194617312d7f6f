import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { sessionChangeOf } from '../../lambda/adapters/stream-record.ts';
import { sessionEventOf } from '../../lambda/core/session-events.ts';
import { makeSession } from '../support/fake-records.ts';

type Image = Record<string, AttributeValue>;

/** An item as the stream has it. */
function imageOf(attributes: object): Image {
  const entries = Object.entries(attributes).map(([name, value]) => [
    name,
    typeof value === 'number' ? { N: String(value) } : { S: String(value) },
  ]);
  return Object.fromEntries(entries) as Image;
}

const session = makeSession({ sessionId: 'session-1', createdAtMs: 1_800_000_000_000, expiresAt: 1_800_000_600 });
const item = { pk: 'SESSION#session-1', phaseShard: 'pending#1', createdOrder: '1800000000000#session-1', ...session };

const record = (images: { before?: Image; now?: Image }): DynamoDBRecord => ({
  eventID: 'event-1',
  eventName: 'MODIFY',
  dynamodb: {
    ApproximateCreationDateTime: 1_800_000_060,
    SequenceNumber: '111',
    ...(images.before && { OldImage: images.before }),
    ...(images.now && { NewImage: images.now }),
  },
});

describe('a record of the stream', () => {
  it('gives the change of its session', () => {
    const now = imageOf({ ...item, phase: 'denied', endedAtMs: 1_800_000_059_000, endReason: 'refused' });

    expect(sessionChangeOf(record({ before: imageOf(item), now }))).toEqual({
      changeId: 'event-1',
      changedAtMs: 1_800_000_060_000,
      before: {
        sessionId: 'session-1',
        clientId: 'client-1',
        clientName: 'kiosk-7',
        fleet: 'kiosks',
        phase: 'pending',
        createdAtMs: 1_800_000_000_000,
        expiresAt: 1_800_000_600,
      },
      now: expect.objectContaining({ phase: 'denied', endedAtMs: 1_800_000_059_000, endReason: 'refused' }),
    });
  });

  it('takes nothing of the item into an event but what is meant for it', () => {
    const secrets = {
      upstreamDeviceCode: 'secret-1',
      userCode: 'secret-2',
      verificationUri: 'secret-3',
      verificationUriComplete: 'secret-4',
      upstreamUserCode: 'secret-5',
      upstreamVerificationUriComplete: 'secret-6',
      sealedTokens: 'secret-7',
      sealPublicKey: 'secret-8',
      registrationRef: 'secret-9',
      somethingNew: 'secret-10',
    };
    const change = sessionChangeOf(record({ now: imageOf({ ...item, ...secrets }) }));

    expect(JSON.stringify([change, change && sessionEventOf(change)])).not.toContain('secret');
  });

  it.each(['CLIENT#1', 'GRANT#1', 'ENROLLMENT#1', 'REGISTRATION#1', 'USERCODE#1'])('of %s gives none', (pk) => {
    expect(
      sessionChangeOf(record({ before: imageOf({ pk }), now: imageOf({ pk, phase: 'pending' }) })),
    ).toBeUndefined();
  });

  it('of an item that was deleted gives what it was', () => {
    const change = sessionChangeOf(record({ before: imageOf(item) }));

    expect([change?.before?.phase, change?.now]).toEqual(['pending', undefined]);
  });

  it.each(['sessionId', 'clientId', 'clientName', 'fleet', 'phase', 'createdAtMs', 'expiresAt'])(
    'of a session without %s cannot be read, and says so without its content',
    (name) => {
      const { [name]: _, ...rest } = imageOf(item);

      expect(() => sessionChangeOf(record({ now: rest }))).toThrow(`The record of a session has no ${name}.`);
    },
  );
});
