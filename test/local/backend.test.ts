import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, it } from 'vitest';
import { openTable } from '../../local/aws/table.ts';
import { type Backend, startBackend } from '../../local/backend.ts';
import { type LocalApp, readTemplate, type TableDefinition } from '../../local/template.ts';
import { until } from './local-device.ts';
import { SMALL_TEMPLATE } from './small-template.ts';
import { clientSettings } from './stand-in-clients.ts';

/** Says on its output what it was called with; a session called `poison` makes it fail. */
const BUNDLE = `
exports.handler = async ({ Records = [] }) => {
  const ids = Records.map(({ dynamodb }) => dynamodb.Keys.pk.S);
  console.log(JSON.stringify({ level: 'INFO', message: 'called', ids }));
  if (ids.includes('SESSION#poison')) throw new Error('no');
};`;

let backend: Backend | undefined;
afterEach(async () => {
  await backend?.close();
});

/** The small template's app with the bundle above for every function, and its folder. */
function prepare(retryAttempts = 0): { app: LocalApp; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'backend-'));
  const asset = join(folder, 'asset');
  mkdirSync(asset);
  writeFileSync(join(asset, 'index.js'), BUNDLE);
  const app = readTemplate(SMALL_TEMPLATE, () => asset);
  return { folder, app: { ...app, streams: app.streams.map((stream) => ({ ...stream, retryAttempts })) } };
}

const calledWith = (folder: string): string[][] =>
  readFileSync(join(folder, 'broker.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"called"'))
    .map((line) => JSON.parse(line).ids);

const session = (id: string, phase: string, expiresAt: number) => ({
  pk: { S: `SESSION#${id}` },
  phase: { S: phase },
  clientName: { S: id },
  fleet: { S: 'local' },
  expiresAt: { N: String(expiresAt) },
});

const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;

/** Fills a table as an earlier run left it. */
async function leaveBehind(table: TableDefinition, folder: string, items: readonly object[]): Promise<void> {
  const opened = await openTable(table, join(folder, 'table'));
  for (const Item of items) await opened.call('PutItem', JSON.stringify({ TableName: table.name, Item }));
  await opened.close();
}

describe('the backend', () => {
  it('feeds sessions that become pending to the function of the mapping', async () => {
    const { app, folder } = prepare();
    backend = await startBackend({ app, folder, inMemory: true, log: () => {} });
    const client = new DynamoDBClient(clientSettings(backend.awsEndpoint));
    await client.send(new PutItemCommand({ TableName: app.table.name, Item: session('one', 'pending', IN_AN_HOUR) }));
    await client.send(new PutItemCommand({ TableName: app.table.name, Item: session('two', 'claimed', IN_AN_HOUR) }));
    client.destroy();

    await until(() => calledWith(folder).length > 0);

    expect(calledWith(folder)).toEqual([['SESSION#one']]);
  });

  it('says what becomes of sessions, as the events on its bus tell it', async () => {
    const { app, folder } = prepare();
    const lines: string[] = [];
    backend = await startBackend({ app, folder, inMemory: true, log: (line) => lines.push(line) });
    const client = new EventBridgeClient(clientSettings(backend.awsEndpoint));
    const data = { sessionId: 'abcdefgh', clientName: 'kiosk-1', fleet: 'local', phase: 'denied' };
    const entry = { Source: 'fleet-token-broker', DetailType: 'SessionDenied', Detail: JSON.stringify({ data }) };
    await client.send(new PutEventsCommand({ Entries: [entry, { ...entry, Source: 'somebody-else' }] }));
    client.destroy();

    expect(lines).toEqual(['session abcd… kiosk-1 (local): denied']);
    expect(backend.events().map(({ source }) => source)).toEqual(['fleet-token-broker', 'somebody-else']);
  });

  it('notes a batch that it gives up, by its keys alone, and warns', async () => {
    const { app, folder } = prepare();
    const lines: string[] = [];
    backend = await startBackend({ app, folder, inMemory: true, log: (line) => lines.push(line) });
    const client = new DynamoDBClient(clientSettings(backend.awsEndpoint));
    await client.send(
      new PutItemCommand({ TableName: app.table.name, Item: session('poison', 'pending', IN_AN_HOUR) }),
    );
    client.destroy();

    await until(() => lines.some((line) => line.startsWith('warning')));
    const noted = JSON.parse(readFileSync(join(folder, 'failed-batches.jsonl'), 'utf8'));

    expect(noted).toMatchObject({
      condition: 'RetryAttemptsExhausted',
      records: [{ keys: { pk: { S: 'SESSION#poison' } } }],
    });
    expect(JSON.stringify(noted)).not.toContain('clientName');
  });

  it('resumes at its start what was pending, and deletes what expired days ago', async () => {
    const { app, folder } = prepare();
    await leaveBehind(app.table, folder, [
      session('resumed', 'pending', IN_AN_HOUR),
      session('done', 'claimed', IN_AN_HOUR),
      session('just-expired', 'claimed', IN_AN_HOUR - 7200),
      session('long-expired', 'pending', IN_AN_HOUR - 3 * 86_400),
    ]);
    backend = await startBackend({ app, folder, inMemory: false, log: () => {} });
    await until(() => calledWith(folder).length > 0);
    await backend.close();

    expect(calledWith(folder)).toEqual([['SESSION#resumed']]);
    const table = await openTable(app.table, join(folder, 'table'));
    const { body } = await table.call('Scan', JSON.stringify({ TableName: app.table.name }));
    await table.close();
    const kept = JSON.parse(body).Items.map(({ clientName }: { clientName: { S: string } }) => clientName.S);
    expect(kept.sort()).toEqual(['done', 'just-expired', 'resumed']);
  });

  it('does not tell at its start what has been told: only what starts executions is fed again', async () => {
    const { app, folder } = prepare();
    const functions = app.functions.map((definition) => ({ ...definition, environment: {} }));
    await leaveBehind(app.table, folder, [session('told', 'pending', IN_AN_HOUR)]);
    backend = await startBackend({ app: { ...app, functions }, folder, inMemory: false, log: () => {} });
    await sleep(app.streams.map(({ windowSeconds }) => windowSeconds * 1000)[0]);
    await backend.close();

    expect(calledWith(folder)).toEqual([]);
  });
});
