/** The one table of the broker, and the key that encrypts it. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What becomes of the data when the stack is deleted. */
export interface SessionTableProps {
  readonly removalPolicy: RemovalPolicy;
  /** True refuses to delete the table, whoever asks. */
  readonly deletionProtection: boolean;
}

const string = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

/**
 * Sessions, grants, clients and enrollment keys, one item each, and the two indexes that operators list them by.
 * The stream is what starts the polling; expired items are deleted by `expiresAt`, in epoch seconds.
 */
export class SessionTable extends Construct {
  /** Sessions, grants, clients and enrollment keys. Its secrets are sealed or hashed: to read it is not to have a token. */
  readonly table: dynamodb.Table;
  /** Encrypts the table, the failure queue and the state machine, and the broker's upstream registrations. */
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, { removalPolicy, deletionProtection }: SessionTableProps) {
    super(scope, id);
    this.key = new kms.Key(this, 'Key', {
      description: 'Fleet Token Broker: table, failure queue, polling loop and upstream registrations',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: string('pk'),
      timeToLiveAttribute: 'expiresAt',
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      removalPolicy,
      deletionProtection,
    });
    // Projects no secret, and nothing that polling writes: a poll must not cost an index write.
    this.table.addGlobalSecondaryIndex({
      indexName: 'byPhase',
      partitionKey: string('phaseShard'),
      sortKey: string('createdOrder'),
      projectionType: dynamodb.ProjectionType.INCLUDE,
      nonKeyAttributes: ['phase', 'clientId', 'fleet', 'expiresAt', 'activationExpiresAt'],
    });
    this.table.addGlobalSecondaryIndex({
      indexName: 'byKind',
      partitionKey: string('kind'),
      sortKey: string('createdOrder'),
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
  }
}

/** The CDK's word for the configuration's. */
export function toRemovalPolicy(policy: 'retain' | 'destroy'): RemovalPolicy {
  return policy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
