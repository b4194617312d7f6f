/** The table of the local run: dynalite, embedded, created as the template says. */

import { Agent, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import dynalite from 'dynalite';
import { openLevelStore } from '../level-store.ts';
import { StartError } from '../start-error.ts';
import type { IndexDefinition, TableDefinition } from '../template.ts';
import type { AwsReply } from './wire.ts';

/** The open table. */
export interface LocalTable {
  readonly definition: TableDefinition;
  /** Runs one DynamoDB operation; the input is the operation's, as JSON text. */
  call(operation: string, input: string): Promise<AwsReply>;
  close(): Promise<void>;
}

/** Items are in DynamoDB's JSON: attribute name → `{ S: … }`, `{ N: … }` and so on. */
export type Item = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Opens the table, and creates it on the first start.
 *
 * @param folder where it is kept; undefined: in memory
 * @throws StartError when the folder cannot be opened, or holds a table of another shape
 */
export async function openTable(definition: TableDefinition, folder?: string): Promise<LocalTable> {
  if (folder !== undefined) await probeStore(folder);
  const server = dynalite({ createTableMs: 0, ...(folder === undefined ? {} : { path: folder }) });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const agent = new Agent({ keepAlive: true });
  const table: LocalTable = {
    definition,
    call: (operation, input) => callDynalite(server, agent, operation, input),
    close: () => closeDynalite(server, agent),
  };
  try {
    await ensureTable(table, folder);
  } catch (error) {
    await table.close();
    throw error;
  }
  return table;
}

/**
 * Opens the store once and closes it again. dynalite opens it lazily and, when that fails, throws where nobody can
 * catch; so a store that cannot be opened is met here.
 */
async function probeStore(folder: string): Promise<void> {
  const opened = await openLevelStore(folder);
  if (opened.outcome === 'open') return opened.close();
  const reason = opened.outcome === 'locked' ? 'another process has it open' : opened.reason;
  throw new StartError(`The table in ${folder} cannot be opened (${reason}): delete the folder to start afresh.`);
}

async function ensureTable(table: LocalTable, folder: string | undefined): Promise<void> {
  const { definition } = table;
  const existing = await describe(table);
  if (existing === undefined) {
    const created = await table.call(
      'CreateTable',
      JSON.stringify({
        TableName: definition.name,
        KeySchema: definition.keySchema,
        AttributeDefinitions: definition.attributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        ...(definition.indexes.length === 0 ? {} : { GlobalSecondaryIndexes: definition.indexes }),
      }),
    );
    if (created.status !== 200) throw new Error(`dynalite refused the table: ${created.body}`);
    while ((await describe(table))?.TableStatus !== 'ACTIVE') await sleep(5);
    return;
  }
  if (existing.TableStatus !== 'ACTIVE' || !isDeepStrictEqual(shape(existing), shape(described(definition)))) {
    throw new StartError(
      `The table in ${folder ?? 'memory'} was made by another version of the broker: delete the folder to start afresh.`,
    );
  }
}

interface TableDescription {
  readonly TableStatus?: string;
  readonly KeySchema: unknown;
  readonly AttributeDefinitions: readonly { readonly AttributeName: string }[];
  readonly GlobalSecondaryIndexes?: readonly IndexDefinition[];
}

async function describe(table: LocalTable): Promise<TableDescription | undefined> {
  const { status, body } = await table.call('DescribeTable', JSON.stringify({ TableName: table.definition.name }));
  return status === 200 ? (JSON.parse(body) as { Table: TableDescription }).Table : undefined;
}

function described(definition: TableDefinition): TableDescription {
  return {
    KeySchema: definition.keySchema,
    AttributeDefinitions: definition.attributeDefinitions,
    GlobalSecondaryIndexes: definition.indexes,
  };
}

/** The parts of a description that cannot change under stored items, in an order of its own. */
function shape({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] }: TableDescription): unknown {
  return {
    KeySchema,
    attributes: AttributeDefinitions.toSorted((a, b) => a.AttributeName.localeCompare(b.AttributeName)),
    indexes: GlobalSecondaryIndexes.map((index) => ({
      IndexName: index.IndexName,
      KeySchema: index.KeySchema,
      ProjectionType: index.Projection.ProjectionType,
      NonKeyAttributes: index.Projection.NonKeyAttributes?.toSorted(),
    })).sort((a, b) => a.IndexName.localeCompare(b.IndexName)),
  };
}

function callDynalite(server: Server, agent: Agent, operation: string, input: string): Promise<AwsReply> {
  const { port } = server.address() as AddressInfo;
  const headers = {
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': Buffer.byteLength(input),
    'X-Amz-Target': `DynamoDB_20120810.${operation}`,
    // dynalite asks for the form of a signature and checks no more.
    'X-Amz-Date': '20260101T000000Z',
    Authorization:
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  };
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 500, body }), reject);
    });
    call.on('error', reject);
    call.end(input);
  });
}

function closeDynalite(server: Server, agent: Agent): Promise<void> {
  agent.destroy();
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
}
