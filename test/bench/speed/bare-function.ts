/** The function that a handler is held against: the same calls by the same SDK clients, an answer in JSON, nothing else. */
import type { Metafile } from 'esbuild';
import type { AwsCall, ServiceName } from './aws-calls.ts';

const CLIENTS: Readonly<Record<ServiceName, { readonly package: string; readonly made: string }>> = {
  DynamoDB: {
    package: '@aws-sdk/client-dynamodb',
    made: 'DynamoDBDocumentClient.from(new aws.DynamoDB.DynamoDBClient({}))',
  },
  KMS: { package: '@aws-sdk/client-kms', made: 'new aws.KMS.KMSClient({})' },
  StepFunctions: { package: '@aws-sdk/client-sfn', made: 'new aws.StepFunctions.SFNClient({})' },
  EventBridge: { package: '@aws-sdk/client-eventbridge', made: 'new aws.EventBridge.EventBridgeClient({})' },
  SsoOidc: { package: '@aws-sdk/client-sso-oidc', made: 'new aws.SsoOidc.SSOOIDCClient({ maxAttempts: 1 })' },
};

/** Operations that the document client has a command of its own for, by another name. */
const DOCUMENT_COMMANDS: Readonly<Record<string, string>> = {
  BatchGetItem: 'BatchGetCommand',
  GetItem: 'GetCommand',
  PutItem: 'PutCommand',
  Query: 'QueryCommand',
  UpdateItem: 'UpdateCommand',
};

/** Which services a bundle has clients of. */
export function servicesIn(output: Metafile['outputs'][string]): ServiceName[] {
  const inputs = Object.keys(output.inputs);
  return (Object.keys(CLIENTS) as ServiceName[]).filter((service) =>
    inputs.some((path) => path.includes(`node_modules/${CLIENTS[service].package}/`)),
  );
}

/** The source of a bare function. It reads what to call from `scenes.json` beside it. */
export function bareSource(services: readonly ServiceName[], operations: readonly string[]): string {
  const names = (service: ServiceName): string => {
    const [client] = /\w+Client(?=\(\{)/.exec(CLIENTS[service].made) ?? [];
    return [client, ...operationsOf(service, operations).map((operation) => `${operation}Command`)].join(', ');
  };
  const documents = operationsOf('DynamoDB', operations).map((operation) => DOCUMENT_COMMANDS[operation]);
  const others = services.filter((service) => service !== 'DynamoDB');
  return `
import { readFileSync } from 'node:fs';
${services.includes('DynamoDB') ? `import { DynamoDBDocumentClient${documents.map((name) => `, ${name}`).join('')} } from '@aws-sdk/lib-dynamodb';\nimport { DynamoDBClient } from '@aws-sdk/client-dynamodb';` : ''}
${others.map((service) => `import { ${names(service)} } from '${CLIENTS[service].package}';`).join('\n')}
const scenes = JSON.parse(readFileSync(__dirname + '/scenes.json', 'utf8'));
const clients = { ${services.map((service) => `${service}: ${CLIENTS[service].made.replace(/aws\.\w+\./, '')}`).join(', ')} };
const commands = {
  ${services.flatMap((service) => operationsOf(service, operations).map((operation) => `${operation}: ${service === 'DynamoDB' ? DOCUMENT_COMMANDS[operation] : `${operation}Command`}`)).join(', ')}
};
export const handler = async (event) => {
  const { stages, answer } = scenes[event.scene];
  for (const calls of stages)
    await Promise.all(
      calls.map(({ service, operation, input }) =>
        clients[service].send(new commands[operation](revived(input))).catch(expected),
      ),
    );
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) };
};
function expected(error) {
  if (error.name !== 'AuthorizationPendingException') throw error;
}
function revived(input) {
  if (input.CiphertextBlob) return { ...input, CiphertextBlob: Buffer.from(input.CiphertextBlob, 'base64') };
  if (input.Entries) return { Entries: input.Entries.map((entry) => ({ ...entry, Time: new Date(entry.Time * 1000) })) };
  return { ...input };
}
`;
}

function operationsOf(service: ServiceName, operations: readonly string[]): string[] {
  return operations.flatMap((name) => (name.startsWith(`${service}.`) ? [name.slice(service.length + 1)] : []));
}

/** What a bare function does in one scene. */
export interface BareScene {
  readonly stages: readonly (readonly { service: ServiceName; operation: string; input: unknown }[])[];
  readonly answer: unknown;
}

/** The calls of one request as a bare function makes them: side by side where the broker makes them side by side. */
export function bareScene(calls: readonly AwsCall[], answer: unknown): BareScene {
  const stages = Map.groupBy(calls, ({ stage }) => stage);
  return {
    stages: [...stages.values()].map((side) =>
      side.map(({ service, operation, input }) => ({
        service,
        operation,
        input: service === 'DynamoDB' ? plainInput(JSON.parse(input)) : JSON.parse(input),
      })),
    ),
    answer,
  };
}

type Wire = Readonly<Record<string, unknown>>;

/** The input of a document command for that of a DynamoDB operation. */
function plainInput({ Key, Item, ExpressionAttributeValues, RequestItems, ...rest }: Record<string, Wire>): unknown {
  const requested = Object.entries((RequestItems ?? {}) as Record<string, { Keys: Wire[] }>);
  return {
    ...rest,
    ...(Key && { Key: plainItem(Key) }),
    ...(Item && { Item: plainItem(Item) }),
    ...(ExpressionAttributeValues && { ExpressionAttributeValues: plainItem(ExpressionAttributeValues) }),
    ...(RequestItems && {
      RequestItems: Object.fromEntries(
        requested.map(([table, own]) => [table, { ...own, Keys: own.Keys.map(plainItem) }]),
      ),
    }),
  };
}

function plainItem(item: Wire): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value as Wire)]));
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html */
function plainValue(value: Wire): unknown {
  const [[type, content] = []] = Object.entries(value);
  switch (type) {
    case 'N':
      return Number(content);
    case 'NULL':
      return null;
    case 'L':
      return (content as Wire[]).map(plainValue);
    case 'M':
      return plainItem(content as Wire);
    default:
      return content;
  }
}
