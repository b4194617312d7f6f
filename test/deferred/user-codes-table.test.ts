import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import { makeDynamoDbUserCodes } from '../../lambda/adapters/dynamodb-user-codes.ts';
import { userCodeKey, wrongCodesKey } from '../../lambda/adapters/keys.ts';
import type { Table } from '../../lambda/adapters/table.ts';
import { sha256 } from '../../lambda/core/hashing.ts';
import { type UserCodes, WRONG_CODE_WINDOW_SECONDS } from '../../lambda/core/user-code.ts';
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';
import { START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeSession } from '../support/fake-records.ts';

const SOURCE_IP = '198.51.100.7';
const windowAt = (nowMs: number): number => Math.floor(nowMs / 1000 / WRONG_CODE_WINDOW_SECONDS);
const counterAt = (nowMs: number): string => wrongCodesKey(`${sha256(SOURCE_IP)}#${windowAt(nowMs)}`);

describe('user codes in the table', () => {
  let dynalite: Dynalite;
  let table: Table;
  let userCodes: UserCodes;
  beforeAll(async () => {
    dynalite = await startDynalite();
    table = await dynalite.newTable();
    userCodes = makeDynamoDbUserCodes(table);
  });
  afterAll(() => dynalite.close());

  it('a code is kept under its hash, with its session’s id and end, and nothing else', async () => {
    await userCodes.reserve('BCDF-GHJK', 'session-1', START_SECONDS + 600, START_MS);

    const pk = userCodeKey(sha256('BCDF-GHJK'));
    expect(await table.get(pk)).toEqual({ pk, sessionId: 'session-1', expiresAt: START_SECONDS + 600 });
  });

  it('an item that the table has not deleted yet gives its place to the next session, whole', async () => {
    await userCodes.reserve('LMNP-QRST', 'session-1', START_SECONDS, START_MS - 1_000);
    await userCodes.reserve('LMNP-QRST', 'session-2', START_SECONDS + 600, START_MS);

    const pk = userCodeKey(sha256('LMNP-QRST'));
    expect(await table.get(pk)).toEqual({ pk, sessionId: 'session-2', expiresAt: START_SECONDS + 600 });
  });

  it('twenty sessions want the code of a dead one at once: one has it', async () => {
    await userCodes.reserve('VWXZ-BCDF', 'dead', START_SECONDS, START_MS - 1_000);

    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        userCodes.reserve('VWXZ-BCDF', `session-${index}`, START_SECONDS + 600, START_MS),
      ),
    );

    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await userCodes.find('VWXZ-BCDF', START_MS)).toBe(`session-${taken.indexOf(true)}`);
  });

  it('wrong codes are counted under the hash of an address, in an item that outlives its window', async () => {
    await userCodes.takeTry(SOURCE_IP, START_MS);
    await userCodes.takeTry(SOURCE_IP, START_MS);

    const pk = counterAt(START_MS);
    const expiresAt = (windowAt(START_MS) + 2) * WRONG_CODE_WINDOW_SECONDS;
    expect(await table.get(pk)).toEqual({ pk, wrongCodes: 2, expiresAt });
    expect(expiresAt * 1000).toBeGreaterThan(START_MS + WRONG_CODE_WINDOW_SECONDS * 1000);
  });

  it('every window has an item of its own, so that none needs resetting', async () => {
    const later = START_MS + WRONG_CODE_WINDOW_SECONDS * 1000;
    await userCodes.takeTry(SOURCE_IP, later);

    expect(counterAt(later)).not.toBe(counterAt(START_MS));
    expect(await table.get(counterAt(later))).toMatchObject({ wrongCodes: 1 });
  });
});

describe('a deferred session in the table', () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.close());

  const ACTIVATION = {
    activation: {
      upstreamDeviceCode: 'upstream-device-code',
      userCode: 'LMNP-QRST',
      verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
      verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=LMNP-QRST',
    },
    activationExpiresAt: START_SECONDS + 600,
    intervalSeconds: 5,
    nextPollAtMs: START_MS + 5_000,
    registrationRef: 'eu-central-1 sso:account:access#1',
    registrationExpiresAt: START_SECONDS + 7_000_000,
    nowMs: START_MS,
  } as const;

  it('moves between the operators’ lists as it is activated, given up and activated again', async () => {
    const table = await dynalite.newTable();
    const sessions = makeDynamoDbSessionStore(table);
    const session = makeSession({ phase: 'awaiting_operator', activations: 0, expiresAt: START_SECONDS + 86_400 });
    const { sessionId } = session;
    await sessions.create(session);
    const listed = async (): Promise<string[]> => {
      const pages = ['awaiting_operator', 'pending'].flatMap((phase) =>
        [0, 1, 2, 3, 4, 5, 6, 7].map(async (shard) =>
          (
            await table.queryIndex({
              indexName: 'byPhase',
              partition: { name: 'phaseShard', value: `${phase}#${shard}` },
              sort: { name: 'createdOrder' },
              newestFirst: true,
              limit: 10,
            })
          ).map(() => phase),
        ),
      );
      return (await Promise.all(pages)).flat();
    };

    const seen = [await listed()];
    const activated = await sessions.activate({ sessionId, ...ACTIVATION });
    seen.push(await listed());
    await sessions.deactivate({ seen: activated.session ?? session, nowMs: START_MS, onlyWhenDue: false });
    seen.push(await listed());
    const again = await sessions.activate({ sessionId, ...ACTIVATION, activationExpiresAt: START_SECONDS + 1_200 });
    seen.push(await listed());

    expect(seen).toEqual([['awaiting_operator'], ['pending'], ['awaiting_operator'], ['pending']]);
    expect(again.session).toMatchObject({ activations: 2, phase: 'pending', userCode: session.userCode });
  });
});
