import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDynamoDbClientStore } from '../../lambda/adapters/dynamodb-client-store.ts';
import { listKind, makeDynamoDbSessionDirectory } from '../../lambda/adapters/dynamodb-directory.ts';
import { makeDynamoDbEnrollmentKeyStore } from '../../lambda/adapters/dynamodb-enrollment-key-store.ts';
import { makeDynamoDbGrantStore } from '../../lambda/adapters/dynamodb-grant-store.ts';
import { makeDynamoDbRegistrationStore } from '../../lambda/adapters/dynamodb-registration-store.ts';
import { makeDynamoDbSessionStore } from '../../lambda/adapters/dynamodb-session-store.ts';
import { makeDynamoDbUserCodes } from '../../lambda/adapters/dynamodb-user-codes.ts';
import type { Item, Table } from '../../lambda/adapters/table.ts';
import type { Client } from '../../lambda/core/client.ts';
import { isDeviceCodeOf, sessionIdOf } from '../../lambda/core/device-code.ts';
import type { Custody, Grant } from '../../lambda/core/grant.ts';
import { matchesHash, sha256 } from '../../lambda/core/hashing.ts';
import { openTokens, openWithHandle, refreshHandleOf } from '../../lambda/core/sealing.ts';
import { PHASES, type Session } from '../../lambda/core/session.ts';
import fixture from '../lib/fixtures/items-0.1.json' with { type: 'json' };
import { type Dynalite, startDynalite } from '../support/dynalite-table.ts';

/**
 * Items exactly as version 0.1.0 wrote them, and what its devices hold. A table outlives every deployment, so the file is
 * never edited: when the form of an item changes, a second file is put beside it.
 */
const { held, items, writtenAtMs } = fixture;

describe('what version 0.1.0 left in the table', () => {
  let dynalite: Dynalite;
  let table: Table;

  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  beforeEach(async () => {
    table = await dynalite.newTable();
    await Promise.all((items as readonly Item[]).map(table.putNew));
  });
  afterAll(() => dynalite.close());

  const session = async (sessionId: string) => (await makeDynamoDbSessionStore(table).read(sessionId)) as Session;
  const client = async (clientId: string) => (await makeDynamoDbClientStore(table).read(clientId)) as Client;

  it.each(Object.entries(held))(
    'still knows the %s device by its id, its secret and its device code',
    async (_, device) => {
      const { clientSecretHash, identity } = await client(device.clientId);

      expect(matchesHash(device.clientSecret, clientSecretHash)).toBe(true);
      expect(identity).toBeUndefined();
      expect(sessionIdOf(device.deviceCode)).toBe(device.sessionId);
      expect(isDeviceCodeOf(device.deviceCode, clientSecretHash)).toBe(true);
      expect(
        await makeDynamoDbSessionStore(table).readClientAndSession(device.clientId, device.sessionId),
      ).toMatchObject({
        client: { clientId: device.clientId },
        session: { sessionId: device.sessionId, clientId: device.clientId },
      });
    },
  );

  it('still polls a session that is pending', async () => {
    const seen = await session(held.pending.sessionId);
    const nowMs = seen.nextPollAtMs;

    const claimed = await makeDynamoDbSessionStore(table).claimPoll({ seen, nowMs, leaseUntilMs: nowMs + 8_000 });

    expect(seen.upstreamDeviceCode).toMatch(/./);
    expect(claimed).toMatchObject({ done: true, session: { phase: 'pending', polls: seen.polls + 1 } });
  });

  it('still gives an approved device its tokens, once', async () => {
    const { sessionId, deviceCode } = held.authorized;

    const first = await makeDynamoDbSessionStore(table).claimTokens(sessionId, writtenAtMs + 1_000);
    const again = await makeDynamoDbSessionStore(table).claimTokens(sessionId, writtenAtMs + 2_000);

    expect([first.done, again.done]).toEqual([true, false]);
    const tokens = openTokens(first.session?.sealedTokens ?? '', deviceCode, sessionId);
    expect(tokens).toMatchObject({ accessToken: expect.any(String), expiresAt: first.session?.expiresAt });
  });

  it('still refreshes with the handle that a device holds', async () => {
    const { handle, grantId, deviceCode } = held.claimed;
    const grants = makeDynamoDbGrantStore(table);
    const grant = (await grants.read(grantId)) as Grant;

    const leased = await grants.takeLease(grant, writtenAtMs, writtenAtMs + 10_000);

    expect([sha256(handle), refreshHandleOf(deviceCode)]).toEqual([grantId, handle]);
    expect(leased).toBe(true);
    expect(openWithHandle<Custody>(grant.sealedCustody ?? '', handle).refreshToken).toEqual(expect.any(String));
  });

  it('still finds the session that a person brings the code of', async () => {
    const { userCode, sessionId } = held.waiting;

    expect(await makeDynamoDbUserCodes(table).find(userCode, writtenAtMs)).toBe(sessionId);
    expect(await session(sessionId)).toMatchObject({ phase: 'awaiting_operator', userCode });
  });

  it('still ends what was ended', async () => {
    expect(await session(held.superseded.sessionId)).toMatchObject({ phase: 'superseded', endedAtMs: writtenAtMs });
  });

  it('still lets devices enroll with the keys that were made, and counts them', async () => {
    const keys = makeDynamoDbEnrollmentKeyStore(table);

    expect(await keys.countUse(fixture.enrollmentKeyId, 'use', writtenAtMs)).toBe(true);
    expect(await keys.read(fixture.enrollmentKeyId)).toMatchObject({ fleet: 'kiosks', uses: 4, maxUses: 10 });
  });

  it('still opens the registration that sessions and grants depend on', async () => {
    const registration = await makeDynamoDbRegistrationStore(table).read(fixture.registrationRef);

    expect(registration).toMatchObject({ registrationRef: (await session(held.pending.sessionId)).registrationRef });
    expect(registration?.encryptedSecret).toEqual(expect.any(String));
  });

  it('is still listed for operators', async () => {
    const clients: string[] = [];
    for await (const { pk } of listKind(table, 'client')) clients.push(pk);

    expect(clients.sort()).toEqual(
      Object.values(held)
        .map(({ clientId }) => `CLIENT#${clientId}`)
        .sort(),
    );
    const sessions: string[] = [];
    for await (const { sessionId } of makeDynamoDbSessionDirectory(table).newestFirst(PHASES, undefined)) {
      sessions.push(sessionId);
    }
    expect(sessions.sort()).toEqual(
      Object.values(held)
        .map(({ sessionId }) => sessionId)
        .sort(),
    );
  });
});
