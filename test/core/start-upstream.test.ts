import { describe, expect, it } from 'vitest';
import type { Registration } from '../../lambda/core/registration.ts';
import { makeSecret } from '../../lambda/core/secret.ts';
import { makeStartUpstream, type UpstreamStart } from '../../lambda/core/start-upstream.ts';
import type { StartedActivation, Upstream, UpstreamProblem } from '../../lambda/core/upstream.ts';
import { START_SECONDS } from '../support/fake-clock.ts';
import { makeFleet } from '../support/fake-records.ts';

const FLEET = makeFleet();
const STARTED: StartedActivation = {
  kind: 'started',
  activation: {
    upstreamDeviceCode: 'upstream-device-code',
    userCode: 'CODE-0001',
    verificationUri: 'https://d-1234567890.awsapps.com/start/#/device',
    verificationUriComplete: 'https://d-1234567890.awsapps.com/start/#/device?user_code=CODE-0001',
  },
  expiresInSeconds: 600,
  intervalSeconds: 1,
};
const FORGOTTEN: UpstreamProblem = { kind: 'invalid_client' };
const DOWN: UpstreamProblem = { kind: 'unavailable', cause: 'server_error' };

function registration(clientId: string): Registration {
  const registrationRef = `eu-central-1 sso:account:access#${clientId}`;
  return { clientId, clientSecret: makeSecret('secret'), expiresAt: START_SECONDS + 7_776_000, registrationRef };
}
const [FIRST, SECOND] = [registration('first'), registration('second')];

/** A start with these registrations and these answers of upstream, each in turn. */
async function start(registrations: readonly (Registration | UpstreamProblem)[], answers: readonly unknown[]) {
  const asked: string[] = [];
  const spent: (string | undefined)[] = [];
  const startUpstream = makeStartUpstream({
    registrations: {
      async current(_target, spentOne) {
        spent.push(spentOne?.clientId);
        return registrations[spent.length - 1] as Registration;
      },
      byRef: async () => undefined,
    },
    upstream: {
      async startDeviceAuthorization(_target, { clientId }, startUrl) {
        asked.push(`${clientId} ${startUrl}`);
        return answers[asked.length - 1] as StartedActivation;
      },
    } as Upstream,
  });
  return { answer: await startUpstream(FLEET), asked, spent };
}

describe('starting an authorization upstream', () => {
  it('is one call for the start URL of the fleet, and remembers the registration that made it', async () => {
    const { answer, asked, spent } = await start([FIRST], [STARTED]);

    expect(answer).toEqual({ ...STARTED, registration: FIRST });
    expect(asked).toEqual([`first ${FLEET.startUrl}`]);
    expect(spent).toEqual([undefined]);
  });

  it('is not tried without a registration', async () => {
    const { answer, asked } = await start([DOWN], []);

    expect(answer).toEqual(DOWN);
    expect(asked).toEqual([]);
  });

  it('is tried again with another registration when upstream has forgotten the first', async () => {
    const { answer, asked, spent } = await start([FIRST, SECOND], [FORGOTTEN, STARTED]);

    expect((answer as UpstreamStart).registration).toBe(SECOND);
    expect(asked).toEqual([`first ${FLEET.startUrl}`, `second ${FLEET.startUrl}`]);
    expect(spent).toEqual([undefined, 'first']);
  });

  it('is not tried again when there is no other registration', async () => {
    const { answer, asked } = await start([FIRST, DOWN], [FORGOTTEN]);

    expect(answer).toEqual(DOWN);
    expect(asked).toHaveLength(1);
  });

  it.each<UpstreamProblem>([
    DOWN,
    { kind: 'unavailable', cause: 'throttled' },
    { kind: 'refused', exception: 'InvalidRequestException' },
  ])('is not tried again after %j, and gives up no registration', async (problem) => {
    const { answer, asked, spent } = await start([FIRST], [problem]);

    expect(answer).toEqual(problem);
    expect([asked.length, spent.length]).toEqual([1, 1]);
  });

  it('is tried twice at most', async () => {
    const { answer, asked } = await start([FIRST, SECOND], [FORGOTTEN, FORGOTTEN]);

    expect(answer).toEqual(FORGOTTEN);
    expect(asked).toHaveLength(2);
  });
});
