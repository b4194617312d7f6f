/** Reads from a synthesized template everything that the local run acts out: what is deployed is what runs. */

import { readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { type EventPattern, parseEventPattern } from './event-filter.ts';
import { functionArn, makeResolver, type Resolve, type Template, TemplateError } from './intrinsics.ts';
import { rateSeconds, type Schedule } from './schedules.ts';
import { type ApiDefinition, readApis } from './template-api.ts';

/** A function of the template, with the folder of its bundle on this machine. */
export interface FunctionDefinition {
  /** The logical id, which is the function's name here. */
  readonly name: string;
  readonly arn: string;
  /** What people read, such as `broker-device-api`. */
  readonly label: string;
  readonly assetFolder: string;
  /** As Lambda takes it: `<file>.<export>`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

/** The table, with what DynamoDB's CreateTable takes of it. */
export interface TableDefinition {
  readonly name: string;
  readonly keySchema: readonly KeyElement[];
  readonly attributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly indexes: readonly IndexDefinition[];
  /** The attribute that holds the end of an item's life in epoch seconds. */
  readonly ttlAttribute?: string;
}

export interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

export interface IndexDefinition {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

/** An event source mapping from the table's stream to a function. */
export interface StreamMapping {
  readonly functionArn: string;
  /** A record passes when one of these matches; with none, every record passes. */
  readonly patterns: readonly EventPattern[];
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Undefined: as often as the record's age allows. */
  readonly retryAttempts?: number;
  readonly bisect: boolean;
  /** Whether the function says from which record on it failed. */
  readonly reportsItemFailures: boolean;
  /** Undefined: records never grow too old. */
  readonly maximumRecordAgeSeconds?: number;
}

/** Everything that the local run takes from the template. */
export interface LocalApp {
  readonly functions: readonly FunctionDefinition[];
  readonly table: TableDefinition;
  readonly streams: readonly StreamMapping[];
  /** What is called again and again. */
  readonly schedules: readonly Schedule[];
  readonly stateMachine: { readonly name: string; readonly definition: string };
  /** The one event bus, if the template has one. */
  readonly eventBusName?: string;
  /** What devices call; unless there is `operatorsApi`, operators too. */
  readonly api: ApiDefinition;
  readonly operatorsApi?: ApiDefinition;
  /** The PEM file of the authorities whose devices may connect; undefined without mutual TLS. */
  readonly truststorePath?: string;
}

/**
 * Reads a stack's template and asset manifest out of a cloud assembly.
 *
 * @param assemblyFolder the folder that the app was synthesized into
 * @param stackName the artifact id of the stack
 * @throws TemplateError when the template has something that the local run cannot act out
 */
export function readAssembly(assemblyFolder: string, stackName: string): LocalApp {
  const readJson = (name: string): unknown => JSON.parse(readFileSync(join(assemblyFolder, name), 'utf8'));
  const manifest = readJson(`${stackName}.assets.json`) as AssetManifest;
  return readTemplate(readJson(`${stackName}.template.json`) as Template, (s3Key) => {
    const path = manifest.files[s3Key.replace(/\.\w+$/, '')]?.source.path;
    if (path === undefined) throw new TemplateError(`the asset ${s3Key} is not in the assembly`);
    return resolvePath(assemblyFolder, path);
  });
}

interface AssetManifest {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>>;
}

/**
 * Reads a template.
 *
 * @param assetFolder where the asset of an S3 key lies on this machine
 * @throws TemplateError when the template has something that the local run cannot act out
 */
export function readTemplate(template: Template, assetFolder: (s3Key: string) => string): LocalApp {
  const resolve = makeResolver(template);
  const ofType = (...types: string[]): ResourceEntry[] =>
    Object.entries(template.Resources)
      .filter(([, resource]) => types.includes(resource.Type))
      .map(([id, resource]) => ({ id, properties: resource.Properties ?? {} }));

  const table = only(ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'), 'table');
  const machine = only(ofType('AWS::StepFunctions::StateMachine'), 'state machine');
  const buses = ofType('AWS::Events::EventBus');
  const { truststoreKey, ...apis } = readApis(template, resolve);
  const eventBusName = buses.length === 0 ? {} : { eventBusName: only(buses, 'event bus').id };
  return {
    functions: ofType('AWS::Lambda::Function').map((entry) => readFunction(entry, resolve, assetFolder)),
    table: readTable(table),
    streams: ofType('AWS::Lambda::EventSourceMapping').map((entry) => readStream(entry, resolve)),
    schedules: ofType('AWS::Events::Rule').flatMap((entry) => readSchedules(entry, resolve)),
    stateMachine: { name: machine.id, definition: String(resolve(machine.properties.DefinitionString)) },
    ...eventBusName,
    ...apis,
    ...(truststoreKey !== undefined && { truststorePath: assetFolder(truststoreKey) }),
  };
}

interface ResourceEntry {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

function only(entries: readonly ResourceEntry[], what: string): ResourceEntry {
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0) {
    throw new TemplateError(`the local run acts out exactly one ${what}, and the template has ${entries.length}`);
  }
  return entry;
}

function readFunction(
  { id, properties }: ResourceEntry,
  resolve: Resolve,
  assetFolder: (s3Key: string) => string,
): FunctionDefinition {
  const code = properties.Code as { S3Key?: unknown } | undefined;
  if (typeof code?.S3Key !== 'string') throw new TemplateError(`the function ${id} has no code in an asset`);
  const environment = (properties.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables;
  const variables = Object.entries(resolve(environment ?? {}) as Record<string, unknown>);
  return {
    name: id,
    arn: functionArn(id),
    label: labelOf(id),
    assetFolder: assetFolder(code.S3Key),
    handler: String(properties.Handler),
    environment: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMegabytes: Number(properties.MemorySize ?? 128),
  };
}

/** `BrokerDeviceApi3F2A0C11` → `broker-device-api`: a logical id ends in eight hexadecimal digits. */
function labelOf(logicalId: string): string {
  return logicalId
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

function readTable({ id, properties }: ResourceEntry): TableDefinition {
  const timeToLive = properties.TimeToLiveSpecification as { AttributeName?: string } | undefined;
  return {
    name: id,
    keySchema: properties.KeySchema as TableDefinition['keySchema'],
    attributeDefinitions: properties.AttributeDefinitions as TableDefinition['attributeDefinitions'],
    indexes: ((properties.GlobalSecondaryIndexes ?? []) as IndexDefinition[]).map((index) => ({
      IndexName: index.IndexName,
      KeySchema: index.KeySchema,
      Projection: index.Projection,
    })),
    ...(timeToLive?.AttributeName === undefined ? {} : { ttlAttribute: timeToLive.AttributeName }),
  };
}

/** The targets of a rule that goes by the clock; a rule that waits for events has none here. */
function readSchedules({ id, properties }: ResourceEntry, resolve: Resolve): Schedule[] {
  if (typeof properties.ScheduleExpression !== 'string') return [];
  const everySeconds = rateSeconds(properties.ScheduleExpression);
  const targets = resolve(properties.Targets ?? []) as readonly { readonly Arn: string }[];
  return targets.map(({ Arn }) => ({ name: id, functionArn: Arn, everySeconds }));
}

function readStream({ id, properties }: ResourceEntry, resolve: Resolve): StreamMapping {
  const functionName = String(resolve(properties.FunctionName));
  if (!String(resolve(properties.EventSourceArn)).includes('/stream/')) {
    throw new TemplateError(`the event source of ${id} is not a table's stream`);
  }
  const filters = (properties.FilterCriteria as { Filters?: { Pattern: string }[] } | undefined)?.Filters ?? [];
  const responseTypes = (properties.FunctionResponseTypes ?? []) as readonly string[];
  const limit = (name: string): number | undefined => {
    const value = properties[name];
    return typeof value === 'number' && value >= 0 ? value : undefined;
  };
  const retryAttempts = limit('MaximumRetryAttempts');
  const maximumRecordAgeSeconds = limit('MaximumRecordAgeInSeconds');
  return {
    functionArn: functionName.startsWith('arn:') ? functionName : functionArn(functionName),
    patterns: filters.map(({ Pattern }) => parseEventPattern(Pattern)),
    batchSize: limit('BatchSize') ?? 100,
    windowSeconds: limit('MaximumBatchingWindowInSeconds') ?? 0,
    bisect: properties.BisectBatchOnFunctionError === true,
    reportsItemFailures: responseTypes.includes('ReportBatchItemFailures'),
    ...(retryAttempts === undefined ? {} : { retryAttempts }),
    ...(maximumRecordAgeSeconds === undefined ? {} : { maximumRecordAgeSeconds }),
  };
}
