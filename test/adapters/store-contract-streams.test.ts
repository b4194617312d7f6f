import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import type { CohortState } from '../../lambda/core/cohort.ts';
import type { Session } from '../../lambda/core/session.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import type { StreamRecord } from '../../local/aws/stream-table.ts';
import { parseInput } from '../../local/aws/wire.ts';
import { type StreamPoller, startStreamPoller } from '../../local/stream.ts';
import { deployedApp } from '../faults/template.ts';
import { START_MS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';
import { dynamoDbLocalFolder, type LocalTables, startLocalTables } from './store-contract/dynamodb-local-tables.ts';
import { ACTIVATION } from './store-contract/session-transitions.ts';
import { readStream } from './store-contract/stream-reader.ts';

const folder = dynamoDbLocalFolder();

/** One execution that the function asked Step Functions for. */
interface Started {
  readonly name: string;
  readonly input: CohortState;
}

describe.skipIf(folder === undefined)(
  'the stream of DynamoDB Local, through the template’s event source mapping',
  () => {
    let tables: LocalTables;
    let stepFunctions: AwsEndpoint;
    let handler: (event: unknown, context: unknown) => Promise<unknown>;
    const started: Started[] = [];

    beforeAll(async () => {
      tables = await startLocalTables(folder as string);
      stepFunctions = await startAwsEndpoint(
        {
          AWSStepFunctions: async ({ body }) => {
            const { name, input } = parseInput(body) as { name: string; input: string };
            started.push({ name, input: JSON.parse(input) as CohortState });
            return { status: 200, body: JSON.stringify({ executionArn: 'arn', startDate: 0 }) };
          },
        },
        () => undefined,
      );
      Object.assign(process.env, {
        STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:Machine',
        AWS_ENDPOINT_URL_SFN: stepFunctions.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        POWERTOOLS_LOG_LEVEL: 'SILENT',
      });
      // The handler reads its environment when it is loaded.
      ({ handler } = (await import('../../lambda/handlers/start-polling.ts')) as unknown as {
        handler: typeof handler;
      });
    }, 60_000);
    afterAll(async () => {
      await tables.close();
      await stepFunctions.close();
    });
    beforeEach(() => {
      started.length = 0;
    });

    /** Writes to a new table, and feeds what its stream says of it to the function. */
    async function feed(write: (store: ReturnType<typeof makeDynamoDbSessionStore>) => Promise<void>) {
      const { table, streamArn } = await tables.newTable();
      await write(makeDynamoDbSessionStore(table));
      const records = await readStream(tables.url, streamArn);
      await deliver(records);
      return { records, deliverAgain: () => deliver(records) };
    }

    async function deliver(records: readonly StreamRecord[]): Promise<void> {
      const mapping = deployedApp().streams.find(({ functionArn }) => functionArn.includes('StartPolling'));
      if (mapping === undefined) throw new Error('the template has no mapping to start-polling');
      const delivered = Promise.withResolvers<void>();
      const poller: StreamPoller = startStreamPoller({
        mapping,
        now: Date.now,
        sleep: async () => undefined,
        invoke: async (_arn, event) => ({ outcome: 'answered', answer: await handler(event, {}) }),
        onFailedBatch: () => delivered.reject(new Error('the batch was given up')),
      });
      for (const record of records) poller.push(record);
      await new Promise((resolve) => setTimeout(resolve, 300));
      delivered.resolve();
      await poller.close();
      await delivered.promise;
    }

    const idsOf = (sessions: readonly Session[]): string[] => sessions.map(({ sessionId }) => sessionId).sort();

    it('a session that is stored as pending starts an execution that polls it, and holds nothing but its id', async () => {
      const session = makeSession();

      await feed((store) => store.create(session));

      expect(started).toHaveLength(1);
      expect(started[0]?.input).toMatchObject({ sessionIds: [session.sessionId], tick: 0, generation: 0 });
      expect(JSON.stringify(started)).not.toContain(session.upstreamDeviceCode);
    });

    it('a deferred session starts one when a person opens it, and none before', async () => {
      const waiting = makeSession({ phase: 'awaiting_operator', activations: 0 });
      await feed((store) => store.create(waiting));
      expect(started).toEqual([]);

      await feed(async (store) => {
        await store.create(waiting);
        await store.activate({ sessionId: waiting.sessionId, ...ACTIVATION });
      });

      expect(started.map(({ input }) => input.sessionIds)).toEqual([[waiting.sessionId]]);
    });

    it('polls, settling and delivery pass the filter by', async () => {
      const session = makeSession();

      const { records } = await feed(async (store) => {
        await store.create(session);
        await store.claimPoll({ seen: session, nowMs: START_MS, leaseUntilMs: START_MS + 8_000 });
        await store.end({ sessionId: session.sessionId, phase: 'denied', from: ['pending'], nowMs: START_MS });
      });

      expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'MODIFY']);
      expect(started).toHaveLength(1);
    });

    it('fifty devices that start at once are one execution, and the same batch again has the same name', async () => {
      const sessions = Array.from({ length: 50 }, () => makeSession());

      const { deliverAgain } = await feed(async (store) => {
        await Promise.all(sessions.map((session) => store.create(session)));
      });
      await deliverAgain();

      expect(started.map(({ input }) => input.sessionIds)).toEqual([idsOf(sessions), idsOf(sessions)]);
      expect(started[0]?.name).toBe(started[1]?.name);
    });
  },
);
