import { describe, expect, it } from 'vitest';
import { freshSession, makeDeferredSession } from '../../lambda/core/deferred-session.ts';
import { makeDeviceCode } from '../../lambda/core/device-code.ts';
import type { RandomBytes } from '../../lambda/core/ports.ts';
import { makeUserCode, normaliseUserCode } from '../../lambda/core/user-code.ts';
import { makeFakeClock, START_MS, START_SECONDS } from '../support/fake-clock.ts';
import { makeFakeRandom } from '../support/fake-random.ts';
import { makeClient } from '../support/fake-records.ts';
import { makeMemoryUserCodes } from '../support/memory-user-codes.ts';
import { DEVICE, FLEETS } from '../support/whole-broker.ts';

const ALPHABET = [...'BCDFGHJKLMNPQRSTVWXZ'];

/** Random bytes as a list says, over and over. */
function bytesOf(...draws: readonly (readonly number[])[]): RandomBytes {
  let draw = 0;
  return () => Uint8Array.from(draws[draw++ % draws.length] ?? []);
}

/** How far counts are from being equal; its expectation is one less than there are counts. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Chi-square with 19 degrees of freedom is above this once in a thousand samples; here the sample is always the same. */
const LIMIT_19 = 43.8;

describe('a user code (RFC 8628 §6.1)', () => {
  const randomBytes = makeFakeRandom('user codes');
  const codes = Array.from({ length: 20_000 }, () => makeUserCode(randomBytes));

  it('is eight letters of twenty, in two groups', () => {
    expect(codes.filter((code) => !/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/.test(code))).toEqual([]);
  });

  it('has every letter equally often', () => {
    const letters = codes.join('').replaceAll('-', '');
    const counts = ALPHABET.map((letter) => letters.split(letter).length - 1);

    expect(chiSquare(counts)).toBeLessThan(LIMIT_19);
  });

  it('has every letter equally often in each of its places', () => {
    const places = [0, 1, 2, 3, 5, 6, 7, 8];
    const worst = places.map((place) =>
      chiSquare(ALPHABET.map((letter) => codes.filter((code) => code[place] === letter).length)),
    );

    expect(Math.max(...worst)).toBeLessThan(LIMIT_19);
  });

  it('has its second letter independent of its first', () => {
    const pairs = ALPHABET.flatMap((first) =>
      ALPHABET.map((second) => codes.filter((code) => code[0] === first && code[1] === second).length),
    );

    // 399 degrees of freedom: above 492 once in a thousand samples.
    expect(chiSquare(pairs)).toBeLessThan(492);
  });

  it('is hardly ever the same twice', () => {
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('throws away the bytes that would make some letters likelier, and draws again', () => {
    const all = bytesOf([240, 241, 250, 255, 255, 255, 255, 255], [0, 1, 2, 3, 4, 5, 6, 7]);
    const some = bytesOf([19, 240, 39, 250, 59, 255, 239, 20], [0, 255, 40, 60, 80, 100, 120, 140]);

    expect(makeUserCode(all)).toBe('BCDF-GHJK');
    expect(makeUserCode(some)).toBe('ZZZZ-BBBB');
  });

  it.each([
    ['BCDF-GHJK', 'BCDF-GHJK'],
    ['bcdf-ghjk', 'BCDF-GHJK'],
    ['bcdfghjk', 'BCDF-GHJK'],
    ['  BCDF  GHJK ', 'BCDF-GHJK'],
    ['b.c.d.f/g_h\tj k', 'BCDF-GHJK'],
    ['BCDF–GHJK', 'BCDF-GHJK'],
    ['', undefined],
    ['BCDF-GHJ', undefined],
    ['BCDF-GHJKL', undefined],
    ['BCDF-GHJA', undefined],
    ['BCDF-GHJ1', undefined],
    ['BCDF-GHJ0', undefined],
    ['ÄÖÜß-BCDF', undefined],
    ['B'.repeat(4_000), undefined],
  ])('typed as %j is %j', (typed, code) => {
    expect(normaliseUserCode(typed)).toBe(code);
  });
});

describe('the user code of a session', () => {
  const client = makeClient();
  const fleet = { ...FLEETS.kiosks, name: 'kiosks' } as NonNullable<(typeof FLEETS)[string]>;
  const FIRST = [0, 1, 2, 3, 4, 5, 6, 7];
  const SECOND = [8, 9, 10, 11, 12, 13, 14, 15];

  function setUp(...draws: readonly (readonly number[])[]) {
    const time = makeFakeClock();
    const userCodes = makeMemoryUserCodes();
    const deferredSession = makeDeferredSession({ userCodes, clock: time, randomBytes: bytesOf(...draws) });
    const deviceCodes = makeFakeRandom('device codes');
    const next = () =>
      deferredSession({ client, fleet, deviceCode: makeDeviceCode(deviceCodes, client.clientSecretHash), ...DEVICE });
    return { time, userCodes, next };
  }

  it('is no living session’s', async () => {
    const { next } = setUp(FIRST, FIRST, FIRST, SECOND);

    expect([(await next()).userCode, (await next()).userCode]).toEqual(['BCDF-GHJK', 'LMNP-QRST']);
  });

  it('may be one again whose session is over, and leads to the new session from then on', async () => {
    const { time, userCodes, next } = setUp(FIRST);
    const first = await next();
    time.advanceSeconds(fleet.sessionLifetimeSeconds);

    const second = await next();

    expect(second.userCode).toBe(first.userCode);
    expect(await userCodes.find('BCDF-GHJK', time.nowMs())).toBe(second.sessionId);
  });

  it('is not given up for one that is taken: after five taken ones the start fails', async () => {
    const { next, userCodes } = setUp(FIRST);
    const first = await next();

    await expect(next()).rejects.toThrow('no free user code');
    expect(await userCodes.find('BCDF-GHJK', START_MS)).toBe(first.sessionId);
  });

  it('lives exactly as long as its session', async () => {
    const { next, userCodes } = setUp(FIRST);
    const { expiresAt } = await next();

    expect(expiresAt).toBe(START_SECONDS + 86_400);
    expect(await userCodes.find('BCDF-GHJK', expiresAt * 1000 - 1)).toBeDefined();
    expect(await userCodes.find('BCDF-GHJK', expiresAt * 1000)).toBeUndefined();
  });

  it('comes with the broker’s own link and a slow interval, and with nothing of upstream', async () => {
    const { next } = setUp(FIRST);
    const session = await next();

    expect(session).toEqual({
      ...(await freshSession({ client, fleet, deviceCode: '', ...DEVICE }, START_MS)),
      sessionId: session.sessionId,
      sealPublicKey: session.sealPublicKey,
      phase: 'awaiting_operator',
      expiresAt: START_SECONDS + 86_400,
      intervalSeconds: 30,
      nextPollAtMs: START_MS,
      activations: 0,
      userCode: 'BCDF-GHJK',
      verificationUri: `${DEVICE.baseUrl}/activate`,
      verificationUriComplete: `${DEVICE.baseUrl}/activate?user_code=BCDF-GHJK`,
    });
  });
});
