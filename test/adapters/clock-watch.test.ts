import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchClock } from '../../lambda/adapters/clock-watch.ts';
import { makeTable } from '../../lambda/adapters/table.ts';

describe('the clock of an environment', () => {
  let server: Server;
  beforeAll(async () => {
    // Every answer of Node's server has a Date.
    server = createServer((_request, response) =>
      response.setHeader('Content-Type', 'application/x-amz-json-1.0').end('{}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  it.each([
    { what: 'right', offByMs: 0, ends: 0 },
    { what: 'two minutes slow', offByMs: -120_000, ends: 1 },
    { what: 'two minutes fast', offByMs: 120_000, ends: 1 },
  ])('that is $what ends it $ends times at its first look at the table', async ({ offByMs, ends }) => {
    let ended = 0;
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    watchClock(client, { nowMs: () => Date.now() + offByMs }, () => {
      ended += 1;
    });

    await makeTable('broker', client).get('SESSION#none');

    expect(ended).toBe(ends);
  });
});
