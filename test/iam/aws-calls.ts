/**
 * Every AWS call that the local run's functions make, seen where the stand-ins receive it, and what IAM would be asked
 * about it. A function signs with its own name as access key (local/functions.ts).
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../local/intrinsics.ts';

/** A call as it was made. */
interface AwsCall {
  /** The access key of its signature. */
  readonly caller: string;
  /** `X-Amz-Target`, such as `DynamoDB_20120810.GetItem`. */
  readonly target: string;
  readonly input: Record<string, unknown>;
}

/** What IAM decides about: one action on one resource, in a context. */
export interface AccessRequest {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/** Begins to record; `stop` ends it and gives what was called. */
export function recordAwsCalls(): { stop(): AwsCall[] } {
  const calls: { request: IncomingMessage; chunks: Buffer[] }[] = [];
  const onStart = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    if (request.headers['x-amz-target'] === undefined) return;
    const chunks: Buffer[] = [];
    calls.push({ request, chunks });
    request.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  };
  // https://nodejs.org/api/diagnostics_channel.html#http: published for every request before it is handled.
  subscribe('http.server.request.start', onStart);
  return {
    stop: () => {
      unsubscribe('http.server.request.start', onStart);
      return calls.map(({ request, chunks }) => ({
        caller: /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '',
        target: String(request.headers['x-amz-target']),
        input: JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>,
      }));
    },
  };
}

/** What IAM is asked about a function's call. (Service Authorization Reference: DynamoDB, KMS, Step Functions, EventBridge.) */
export function accessRequests({ caller, target, input }: AwsCall): AccessRequest[] {
  const [service = '', operation = ''] = target.split('.');
  const role = roleOf(caller);
  switch (service) {
    case 'DynamoDB_20120810':
      return tablesOf(input).map((resource) => ({ role, action: `dynamodb:${operation}`, resource, context: {} }));
    case 'TrentService':
      return [
        {
          role,
          action: `kms:${operation}`,
          resource: arn('kms', `key/${input.KeyId}`),
          context: encryptionContext(input),
        },
      ];
    case 'AWSStepFunctions':
      return [{ role, action: `states:${operation}`, resource: String(input.stateMachineArn), context: {} }];
    case 'AWSEvents':
      return busesOf(input).map((bus) => ({
        role,
        action: `events:${operation}`,
        resource: arn('events', `event-bus/${bus}`),
        context: { 'events:source': entriesOf(input).map(({ Source }) => Source) },
      }));
    default:
      throw new Error(`Nobody has said what IAM is asked about ${target}.`);
  }
}

/** One of each kind, however often it was called. */
export function distinct(requests: readonly AccessRequest[]): AccessRequest[] {
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
}

/** `broker-device-api` → `DeviceApi`. */
function roleOf(caller: string): string {
  const words = caller.split('-').slice(1);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;
}

function tablesOf({ TableName, IndexName, RequestItems }: AwsCall['input']): string[] {
  const names = TableName === undefined ? Object.keys(RequestItems as object) : [String(TableName)];
  return names.map((name) => arn('dynamodb', `table/${name}${IndexName === undefined ? '' : `/index/${IndexName}`}`));
}

function encryptionContext({ EncryptionContext = {} }: AwsCall['input']): Record<string, string> {
  const pairs = Object.entries(EncryptionContext as Record<string, string>);
  // What the context binds is no matter of IAM, and differs from call to call; only that there is one is.
  return Object.fromEntries(
    pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, key === 'purpose' ? value : 'any']),
  );
}

function entriesOf({ Entries }: AwsCall['input']): { Source: string; EventBusName: string }[] {
  return Entries as { Source: string; EventBusName: string }[];
}

function busesOf(input: AwsCall['input']): string[] {
  return [...new Set(entriesOf(input).map(({ EventBusName }) => EventBusName.replace(/^.*event-bus\//, '')))];
}
