/** An administrator of the emulated account: signed calls to any service, and a list of what the account holds. */

import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS, REGION } from './emulator.ts';

/** A call to be signed. */
interface Call {
  /** As it is signed for, such as `dynamodb`. */
  readonly service: string;
  readonly method?: string;
  /** @default '/' */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Json = Record<string, unknown>;

/**
 * Sends a call with an AWS Signature Version 4.
 *
 * @param base the address of the service, without a trailing slash
 */
export async function signedFetch(base: string, call: Call): Promise<Response> {
  const { service, method = 'POST', path = '/', headers = {}, body } = call;
  const url = new URL(base + path);
  const signer = new SignatureV4({ service, region: REGION, credentials: CREDENTIALS, sha256: Sha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    body,
  });
  const { host, ...sent } = signed.headers;
  return fetch(url, { method, headers: sent, ...(body === undefined ? {} : { body }) });
}

/** The services of one emulated account. */
export function awsAccount(endpoint: string) {
  async function send(call: Call): Promise<string> {
    const answer = await signedFetch(endpoint, call);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${call.service} answered ${answer.status}: ${text}`);
    return text;
  }

  /** A call of the services that name their operation in a header. */
  async function operation(service: string, target: string, input: Json = {}): Promise<Json> {
    const headers = { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target };
    return JSON.parse((await send({ service, headers, body: JSON.stringify(input) })) || '{}') as Json;
  }

  async function get(service: string, path: string): Promise<Json> {
    return JSON.parse(await send({ service, method: 'GET', path })) as Json;
  }

  async function iam(Action: string, input: Readonly<Record<string, string>> = {}): Promise<string> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams({ Version: '2010-05-08', Action, ...input }).toString();
    return send({ service: 'iam', headers, body });
  }

  const names = (list: unknown, member: string): string[] =>
    ((list ?? []) as Json[]).map((item) => String(item[member]));
  const xmlNames = (xml: string, member: string) =>
    [...xml.matchAll(new RegExp(`<${member}>([^<]*)`, 'g'))].map(([, name]) => String(name));

  async function keysInUse(): Promise<string[]> {
    const ids = names((await operation('kms', 'TrentService.ListKeys')).Keys, 'KeyId');
    const keys = await Promise.all(ids.map((KeyId) => operation('kms', 'TrentService.DescribeKey', { KeyId })));
    return keys.flatMap(({ KeyMetadata }) => {
      const { KeyId, KeyState } = KeyMetadata as Json;
      return KeyState === 'PendingDeletion' ? [] : [String(KeyId)];
    });
  }

  return {
    operation,
    iam,

    /** The roles whose name begins like this. */
    roles: async (prefix: string) =>
      xmlNames(await iam('ListRoles'), 'RoleName').filter((name) => name.startsWith(prefix)),

    /** Everything that the account holds, by its kind and name. Keys that wait for their deletion are not counted. */
    async inventory(): Promise<string[]> {
      const queues = (await operation('sqs', 'AmazonSQS.ListQueues')).QueueUrls as string[] | undefined;
      const held: Record<string, readonly string[]> = {
        alarm: names(
          (await operation('monitoring', 'GraniteServiceVersion20100801.DescribeAlarms')).MetricAlarms,
          'AlarmName',
        ),
        api: names((await get('apigateway', '/restapis')).item, 'id'),
        eventBus: names((await operation('events', 'AWSEvents.ListEventBuses')).EventBuses, 'Name'),
        eventSourceMapping: names(
          (await get('lambda', '/2015-03-31/event-source-mappings/')).EventSourceMappings,
          'UUID',
        ),
        function: names((await get('lambda', '/2015-03-31/functions/')).Functions, 'FunctionName'),
        key: await keysInUse(),
        logGroup: names((await operation('logs', 'Logs_20140328.DescribeLogGroups')).logGroups, 'logGroupName'),
        queue: queues ?? [],
        role: xmlNames(await iam('ListRoles'), 'RoleName'),
        stateMachine: names((await operation('states', 'AWSStepFunctions.ListStateMachines')).stateMachines, 'name'),
        table: (await operation('dynamodb', 'DynamoDB_20120810.ListTables')).TableNames as string[],
      };
      return Object.entries(held)
        .flatMap(([kind, list]) => list.map((name) => `${kind} ${name}`))
        .sort();
    },
  };
}

/** An administrator of one emulated account. */
export type AwsAccount = ReturnType<typeof awsAccount>;
