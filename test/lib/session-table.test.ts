import { describe, expect, it } from 'vitest';
import { brokerTemplate, MINIMAL_CONFIG, onlyResource, readable, resourcesOf } from '../support/synth.ts';

const table = onlyResource(brokerTemplate(), 'AWS::DynamoDB::Table');
const key = onlyResource(brokerTemplate(), 'AWS::KMS::Key');

describe('the table', () => {
  it('has one string key and knows no attribute that no index needs', () => {
    expect(table.Properties.KeySchema).toEqual([{ AttributeName: 'pk', KeyType: 'HASH' }]);
    expect(table.Properties.AttributeDefinitions).toEqual(
      ['pk', 'phaseShard', 'createdOrder', 'kind'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    );
  });

  it('lists sessions by phase without a secret and without what polling writes', () => {
    expect(table.Properties.GlobalSecondaryIndexes).toContainEqual({
      IndexName: 'byPhase',
      KeySchema: [
        { AttributeName: 'phaseShard', KeyType: 'HASH' },
        { AttributeName: 'createdOrder', KeyType: 'RANGE' },
      ],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: ['phase', 'clientId', 'fleet', 'expiresAt', 'activationExpiresAt'],
      },
    });
  });

  it('lists clients and enrollment keys by kind, keys only', () => {
    expect(table.Properties.GlobalSecondaryIndexes).toContainEqual({
      IndexName: 'byKind',
      KeySchema: [
        { AttributeName: 'kind', KeyType: 'HASH' },
        { AttributeName: 'createdOrder', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    });
  });

  it('has these two indexes only', () => {
    expect(table.Properties.GlobalSecondaryIndexes).toHaveLength(2);
    expect(table.Properties).not.toHaveProperty('LocalSecondaryIndexes');
  });

  it('is billed on demand, restorable to any point in time, and deletes what has expired', () => {
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('streams what was and what is', () => {
    expect(table.Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });

  it('is encrypted with a key of its own that is renewed every year', () => {
    const { SSEEnabled, SSEType, KMSMasterKeyId } = table.Properties.SSESpecification as Record<string, unknown>;

    expect({ SSEEnabled, SSEType, key: readable(KMSMasterKeyId) }).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      key: 'BrokerSessionsKey.Arn',
    });
    expect(key.Properties.EnableKeyRotation).toBe(true);
  });
});

describe('deleting the stack', () => {
  it('leaves table and key behind, and the table cannot be deleted by mistake', () => {
    expect([table.DeletionPolicy, key.DeletionPolicy]).toEqual(['Retain', 'Retain']);
    expect(table.Properties.DeletionProtectionEnabled).toBe(true);
  });

  it('takes table and key along when that is configured', () => {
    const template = brokerTemplate({ ...MINIMAL_CONFIG, removalPolicy: 'destroy' });

    const [thrown, thrownKey] = ['AWS::DynamoDB::Table', 'AWS::KMS::Key'].map((type) => onlyResource(template, type));
    expect([thrown?.DeletionPolicy, thrownKey?.DeletionPolicy]).toEqual(['Delete', 'Delete']);
    expect(thrown?.Properties.DeletionProtectionEnabled).toBe(false);
  });

  it('follows the deletion protection that is configured, whatever the policy', () => {
    const template = brokerTemplate({ ...MINIMAL_CONFIG, removalPolicy: 'destroy', deletionProtection: true });

    expect(onlyResource(template, 'AWS::DynamoDB::Table').Properties.DeletionProtectionEnabled).toBe(true);
  });
});

/** CloudFormation replaces what changes its logical id: for these two that means losing every session and every client. */
describe('the logical ids of what must not be replaced', () => {
  it('never change', () => {
    const template = brokerTemplate();

    const ids = ['AWS::DynamoDB::Table', 'AWS::KMS::Key'].flatMap((type) => Object.keys(resourcesOf(template, type)));
    expect(ids).toEqual(['BrokerSessionsTableEBCC7C5F', 'BrokerSessionsKeyE76B9113']);
  });
});
